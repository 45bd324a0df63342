import type { Notice } from "../../protocol/notices.ts";
import type { TaskInfo } from "../../protocol/task-info.ts";

/** At most ten notices a second and session (E1). */
const INTERVAL_MS = 100;

interface Pending {
  readonly tasks: Map<string, () => TaskInfo | undefined>;
  hasEvents: boolean;
}

/** Gathers what is to be told and tells it at once when it has been quiet, else at the next tenth of a second. */
export class NoticeBoard {
  readonly #broadcast: (notice: Notice) => void;
  readonly #pending = new Map<string, Pending>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(broadcast: (notice: Notice) => void) {
    this.#broadcast = broadcast;
  }

  /** A task changed; `info` is asked for when the notice is made, and says nothing where the task is gone. */
  task(session: string, key: string, info: () => TaskInfo | undefined): void {
    this.#of(session).tasks.set(key, info);
    this.#schedule(session);
  }

  /** New events lie in the outbox. */
  events(session: string): void {
    this.#of(session).hasEvents = true;
    this.#schedule(session);
  }

  now(notice: Notice): void {
    this.#broadcast(notice);
  }

  #of(session: string): Pending {
    const pending = this.#pending.get(session) ?? { tasks: new Map(), hasEvents: false };
    this.#pending.set(session, pending);
    return pending;
  }

  #schedule(session: string): void {
    if (this.#timers.has(session)) return;
    // What the same turn adds goes along.
    this.#timers.set(
      session,
      setTimeout(() => this.#tell(session), 0),
    );
  }

  #tell(session: string): void {
    const pending = this.#pending.get(session);
    if (pending === undefined) {
      this.#timers.delete(session);
      return;
    }
    this.#pending.delete(session);
    this.#timers.set(
      session,
      setTimeout(() => this.#tell(session), INTERVAL_MS),
    );
    const tasks = [...pending.tasks.values()].map((info) => info()).filter((info) => info !== undefined);
    if (tasks.length > 0) this.#broadcast({ type: "tasks", session, tasks });
    if (pending.hasEvents) this.#broadcast({ type: "events", session });
  }
}
