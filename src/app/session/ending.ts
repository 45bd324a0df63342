import { pause } from "../../async/pause.ts";
import { type Failure, SessionError } from "../../protocol/session-error.ts";
import { report } from "../report.ts";
import { TaskHandle } from "../tasks/task-handle.ts";
import type { TaskRegistry } from "../tasks/task-registry.ts";
import type { Insertions } from "./insertions.ts";
import type { Messages } from "./messages.ts";
import type { SessionContext } from "./session-context.ts";

/** How long a session that is being closed waits for its delegate. */
const CLOSING_MS = 5_000;

interface Finishing {
  /** Everything was offered except what waits for a call that was set aside. */
  readonly offered: Promise<void>;
  /** The session is invalid. */
  readonly over: Promise<void>;
}

export interface EndingOptions {
  readonly messages: Messages;
  readonly insertions: Insertions;
  readonly recovered: () => Promise<void>;
  /** Called when the session begins to close, with a promise that settles when it is gone. */
  readonly onClose: (closed: Promise<void>) => void;
  /** Gives up everything that other sessions may have. */
  readonly release: () => Promise<void>;
  readonly onGone: () => void;
}

/** The ways in which a session ends: it is closed, told to finish, or invalidated by somebody else. */
export class Ending {
  readonly #context: SessionContext;
  readonly #tasks: TaskRegistry;
  readonly #options: EndingOptions;
  #finishing: Finishing | undefined;
  #closing: Promise<void> | undefined;

  constructor(context: SessionContext, tasks: TaskRegistry, options: EndingOptions) {
    this.#context = context;
    this.#tasks = tasks;
    this.#options = options;
  }

  /** @throws SessionError if the session takes no more tasks */
  checkMaking(): void {
    const { life, identifier } = this.#context;
    life.check();
    if (this.#finishing === undefined) return;
    const message = `The session "${identifier}" takes no more tasks: it was told to finish.`;
    throw new SessionError("session-invalidated", message, { identifier });
  }

  /**
   * Gives up the session; its tasks continue. A call that has not settled may itself be waiting for this, so this does
   * not wait for the call; but the call is acknowledged before another realm may have the session.
   */
  close(): Promise<void> {
    const { messages, insertions } = this.#options;
    const closed = this.invalidate(undefined);
    return messages.delivery.isCalling ? insertions.settled() : closed;
  }

  /**
   * Refuses new tasks and ends when the others have finished and their events were offered. If this is asked for in the
   * middle of a call, other tasks' events go on, and nothing waits for the end of that call.
   */
  finish(): Promise<void> {
    // A launch may be for a question, while other tasks need hours: they continue without this object.
    return this.#end(this.#context.launch === undefined);
  }

  #end(waitsForTasks: boolean): Promise<void> {
    const { delivery } = this.#options.messages;
    this.#context.life.check();
    this.#finishing ??= this.#finish(waitsForTasks);
    const { offered, over } = this.#finishing;
    // A launch whose function waits for this would never begin to deliver: by this the app says that it is ready.
    if (this.#context.launch !== undefined) this.#options.messages.beginSoon();
    if (!delivery.isCalling) return over;
    delivery.setAside();
    return offered.then(() => (delivery.isAside ? undefined : over));
  }

  cancelAll(): Promise<void> {
    const finished = this.#end(true);
    for (const task of this.#tasks.unfinished()) void task.cancel();
    return finished;
  }

  /** Another realm has the session: the event in hand is settled, the others go there. */
  async giveWay(): Promise<void> {
    const { identifier, launch } = this.#context;
    const message = `Another tab took over the session "${identifier}". Its tasks continue.`;
    await this.invalidate(new SessionError("session-taken-over", message, { identifier }));
    launch?.gaveWay();
  }

  /** The session was deleted, and its tasks with it. */
  async giveWayToDeletion(): Promise<void> {
    const { identifier, launch } = this.#context;
    const failure: Failure = { code: "cancelled", message: `The session "${identifier}" was deleted.` };
    for (const task of this.#tasks.unfinished()) TaskHandle.modelOf(task).fail(failure);
    await this.invalidate(new SessionError("session-invalidated", failure.message, { identifier }));
    launch?.gaveWay();
  }

  /** @returns the place in the outbox up to which events were offered */
  async endLaunch(): Promise<number> {
    await this.invalidate(undefined);
    return this.#options.messages.delivery.offeredUpTo;
  }

  /** Ends the session object; `didBecomeInvalid` is the last call of its delegate. */
  invalidate(error: SessionError | undefined): Promise<void> {
    if (this.#closing === undefined) {
      const { life } = this.#context;
      const wasOpen = life.isOpen;
      life.close(error);
      this.#closing = this.#close(wasOpen);
      this.#options.onClose(this.#closing);
    }
    return this.#closing;
  }

  #finish(waitsForTasks: boolean): Finishing {
    const offered = this.#offerAll(waitsForTasks);
    const end = async (): Promise<void> => {
      await this.#options.messages.delivery.untilNoneAside();
      await this.invalidate(undefined);
    };
    return { offered, over: offered.then(end) };
  }

  async #offerAll(waitsForTasks: boolean): Promise<void> {
    const { insertions, messages } = this.#options;
    const awaited = waitsForTasks ? this.#tasks.unfinished() : [];
    const models = awaited.map((task) => TaskHandle.modelOf(task));
    await insertions.settled();
    await Promise.all(models.map((model) => model.finished));
    await this.#context.life.begun;
    if (messages.isDelivering) await messages.delivery.drained();
  }

  async #close(wasOpen: boolean): Promise<void> {
    const { life } = this.#context;
    const { messages, insertions, recovered, release, onGone } = this.#options;
    // The call in hand may still be acknowledged: otherwise the next owner gets its event again.
    await Promise.race([
      Promise.all([messages.delivery.stop(), insertions.settled(), recovered()]).catch(report),
      pause(CLOSING_MS),
    ]);
    const error = life.invalidated();
    for (const task of this.#tasks.unfinished()) TaskHandle.modelOf(task).abandon(error);
    life.abort();
    await release();
    life.on("closed");
    if (wasOpen) messages.tellInvalid();
    onGone();
  }
}
