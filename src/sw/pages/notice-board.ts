import type { Notice } from "../../protocol/notices.ts";
import type { TaskInfo } from "../../protocol/task-info.ts";

/** A session is told of changes at most ten times a second (E1): of thousands in several notices in a row. */
const INTERVAL_MS = 100;
/** How many tasks are in one notice: the worker must not stand still while it reads and copies thousands. */
const TASKS_A_NOTICE = 500;

type InfoNow = () => TaskInfo | undefined;

interface Pending {
  tasks: Map<string, InfoNow>;
  hasEvents: boolean;
}

/** Tasks that have only progressed. */
interface Progressed {
  tasks: Map<string, InfoNow>;
  intervalMs: number;
}

/** Batches notices per session: the first goes out at once, later ones at most ten times a second. */
export class NoticeBoard {
  readonly #broadcast: (notice: Notice) => void;
  /** The sessions with a notice in the last interval, and what is to be sent in the next. */
  readonly #pending = new Map<string, Pending>();
  /** The same for the progress of sessions that want to hear of it less often. */
  readonly #progressed = new Map<string, Progressed>();

  constructor(broadcast: (notice: Notice) => void) {
    this.#broadcast = broadcast;
  }

  /** A task changed. `info` is called when the notice goes out, and returns undefined if the task is gone. */
  task(session: string, key: string, info: InfoNow): void {
    this.#pendingOf(session).tasks.set(key, info);
  }

  /** A task has moved more bytes, of which the session wants to hear no more often than this. */
  progress(session: string, key: string, info: InfoNow, intervalMs: number): void {
    if (intervalMs <= INTERVAL_MS) {
      this.task(session, key, info);
      return;
    }
    const known = this.#progressed.get(session);
    const progressed = known ?? { tasks: new Map(), intervalMs };
    progressed.tasks.set(key, info);
    progressed.intervalMs = intervalMs;
    if (known !== undefined) return;
    this.#progressed.set(session, progressed);
    this.#post(session, progressed);
  }

  /** There are new events in the outbox. */
  events(session: string): void {
    this.#pendingOf(session).hasEvents = true;
  }

  /** Sends a notice without batching. */
  now(notice: Notice): void {
    this.#broadcast(notice);
  }

  /** Passes on what has progressed, and again after the interval. */
  #post(session: string, progressed: Progressed): void {
    const { tasks, intervalMs } = progressed;
    if (tasks.size === 0) {
      this.#progressed.delete(session);
      return;
    }
    progressed.tasks = new Map();
    for (const [key, info] of tasks) this.task(session, key, info);
    setTimeout(() => this.#post(session, progressed), intervalMs);
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
    this.#tell(session, pending, [...tasks.values()], hasEvents);
  }

  /** Tells of many tasks in several turns. What changes meanwhile comes after that. */
  #tell(session: string, pending: Pending, tasks: readonly InfoNow[], hasEvents: boolean): void {
    const rest = tasks.slice(TASKS_A_NOTICE);
    if (rest.length > 0) setTimeout(() => this.#tell(session, pending, rest, hasEvents), 0);
    else setTimeout(() => this.#send(session, pending), INTERVAL_MS);
    const next = tasks.slice(0, TASKS_A_NOTICE);
    const infos = next.map((info) => info()).filter((info) => info !== undefined);
    if (infos.length > 0) this.#broadcast({ type: "tasks", session, tasks: infos });
    if (hasEvents && rest.length === 0) this.#broadcast({ type: "events", session });
  }
}
