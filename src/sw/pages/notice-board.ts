import type { Notice } from "../../protocol/notices.ts";
import type { TaskInfo } from "../../protocol/task-info.ts";

/** At most ten notices a second per session (E1). */
const INTERVAL_MS = 100;

interface Pending {
  readonly tasks: Map<string, () => TaskInfo | undefined>;
  hasEvents: boolean;
}

/** Batches notices per session: the first goes out at once, later ones at most ten times a second. */
export class NoticeBoard {
  readonly #broadcast: (notice: Notice) => void;
  readonly #pending = new Map<string, Pending>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(broadcast: (notice: Notice) => void) {
    this.#broadcast = broadcast;
  }

  /** A task changed. `info` is called when the notice goes out, and returns undefined if the task is gone. */
  task(session: string, key: string, info: () => TaskInfo | undefined): void {
    this.#pendingOf(session).tasks.set(key, info);
    this.#schedule(session);
  }

  /** There are new events in the outbox. */
  events(session: string): void {
    this.#pendingOf(session).hasEvents = true;
    this.#schedule(session);
  }

  /** Sends a notice without batching. */
  now(notice: Notice): void {
    this.#broadcast(notice);
  }

  #pendingOf(session: string): Pending {
    const pending = this.#pending.get(session) ?? { tasks: new Map(), hasEvents: false };
    this.#pending.set(session, pending);
    return pending;
  }

  #schedule(session: string): void {
    if (this.#timers.has(session)) return;
    // What the rest of this turn adds goes out with it.
    this.#timers.set(
      session,
      setTimeout(() => this.#send(session), 0),
    );
  }

  #send(session: string): void {
    const pending = this.#pending.get(session);
    if (pending === undefined) {
      this.#timers.delete(session);
      return;
    }
    this.#pending.delete(session);
    this.#timers.set(
      session,
      setTimeout(() => this.#send(session), INTERVAL_MS),
    );
    const tasks = [...pending.tasks.values()].map((info) => info()).filter((info) => info !== undefined);
    if (tasks.length > 0) this.#broadcast({ type: "tasks", session, tasks });
    if (pending.hasEvents) this.#broadcast({ type: "events", session });
  }
}
