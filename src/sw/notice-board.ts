import type { Notice } from "../protocol/notices.ts";
import type { TaskInfo } from "../protocol/task-info.ts";

/** At most ten notices of a kind a second and session (E1). */
const INTERVAL_MS = 100;

/** Gathers what is to be told and tells it at once when it has been quiet, else at the next tenth of a second. */
export class NoticeBoard {
  readonly #broadcast: (notice: Notice) => void;
  readonly #pending = new Map<string, Map<string, () => TaskInfo | undefined>>();
  /** By session. The end of a task does not wait for the next turn of its progress. */
  readonly #tasks = new Map<string, Pace>();
  readonly #events = new Map<string, Pace>();

  constructor(broadcast: (notice: Notice) => void) {
    this.#broadcast = broadcast;
  }

  /** A task changed; `info` is asked for when the notice is made, and says nothing where the task is gone. */
  task(session: string, key: string, info: () => TaskInfo | undefined): void {
    const pending = this.#pending.get(session) ?? new Map();
    this.#pending.set(session, pending.set(key, info));
    paceOf(this.#tasks, session, () => this.#tellTasks(session)).ask();
  }

  /** New events lie in the outbox. */
  events(session: string): void {
    paceOf(this.#events, session, () => this.#broadcast({ type: "events", session })).ask();
  }

  now(notice: Notice): void {
    this.#broadcast(notice);
  }

  #tellTasks(session: string): void {
    const pending = [...(this.#pending.get(session)?.values() ?? [])];
    this.#pending.delete(session);
    const tasks = pending.map((info) => info()).filter((info) => info !== undefined);
    if (tasks.length > 0) this.#broadcast({ type: "tasks", session, tasks });
  }
}

function paceOf(paces: Map<string, Pace>, session: string, act: () => void): Pace {
  const pace = paces.get(session) ?? new Pace(act);
  paces.set(session, pace);
  return pace;
}

/** Does the same thing again and again, but not more often than each tenth of a second. */
class Pace {
  readonly #act: () => void;
  #isAsked = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(act: () => void) {
    this.#act = act;
  }

  ask(): void {
    this.#isAsked = true;
    // What the same turn adds goes along.
    this.#timer ??= setTimeout(() => this.#turn(), 0);
  }

  #turn(): void {
    this.#timer = undefined;
    if (!this.#isAsked) return;
    this.#isAsked = false;
    this.#timer = setTimeout(() => this.#turn(), INTERVAL_MS);
    this.#act();
  }
}
