import type { Notice } from "../../protocol/notices.ts";
import type { TaskInfo } from "../../protocol/task-info.ts";

/** At most ten notices a second per session (E1). */
const INTERVAL_MS = 100;

interface Pending {
  tasks: Map<string, () => TaskInfo | undefined>;
  hasEvents: boolean;
}

/** Batches notices per session: the first goes out at once, later ones at most ten times a second. */
export class NoticeBoard {
  readonly #broadcast: (notice: Notice) => void;
  /** The sessions with a notice in the last interval, and what is to be sent in the next. */
  readonly #pending = new Map<string, Pending>();

  constructor(broadcast: (notice: Notice) => void) {
    this.#broadcast = broadcast;
  }

  /** A task changed. `info` is called when the notice goes out, and returns undefined if the task is gone. */
  task(session: string, key: string, info: () => TaskInfo | undefined): void {
    this.#pendingOf(session).tasks.set(key, info);
  }

  /** There are new events in the outbox. */
  events(session: string): void {
    this.#pendingOf(session).hasEvents = true;
  }

  /** Sends a notice without batching. */
  now(notice: Notice): void {
    this.#broadcast(notice);
  }

  #pendingOf(session: string): Pending {
    const known = this.#pending.get(session);
    if (known !== undefined) return known;
    const pending = { tasks: new Map(), hasEvents: false };
    this.#pending.set(session, pending);
    // What the rest of this turn adds goes out with it.
    setTimeout(() => this.#send(session, pending), 0);
    return pending;
  }

  #send(session: string, pending: Pending): void {
    const { tasks, hasEvents } = pending;
    if (tasks.size === 0 && !hasEvents) {
      this.#pending.delete(session);
      return;
    }
    pending.tasks = new Map();
    pending.hasEvents = false;
    setTimeout(() => this.#send(session, pending), INTERVAL_MS);
    const infos = [...tasks.values()].map((info) => info()).filter((info) => info !== undefined);
    if (infos.length > 0) this.#broadcast({ type: "tasks", session, tasks: infos });
    if (hasEvents) this.#broadcast({ type: "events", session });
  }
}
