import type { Selection } from "./plan.ts";
import type { SessionName, TaskPlan } from "./task-plan.ts";

/** The user's actions on a transfer, and what the app was told about it: the library is judged by this. */
export interface Entry {
  readonly plan: TaskPlan;
  /** The turn in which it was made, the place in it, and when that began. */
  readonly turn: number;
  readonly place: number;
  readonly begunAt: number;
  /** When it was known to be on disk, if that is known. */
  storedAt?: number;
  /** Its `resume()` fulfilled: the transfer must not be lost. */
  isDurable: boolean;
  /** Its id was taken: the task does not exist. */
  isTurnedAway: boolean;
  /** Somebody cancelled it, or all tasks, or took its id. */
  mayBeCancelled: boolean;
  /** Its session was deleted, possibly with the task. */
  mayBeDeleted: boolean;
  /** The digests of what was seen at its destination, and whether something was there at the last look. */
  readonly seen: Set<string>;
  isThere: boolean;
  /** The task that continues it, with the same URL. */
  successor?: string;
  predecessor?: string;
}

export class Ledger {
  readonly #entries = new Map<string, Entry>();
  #turns = 0;

  get entries(): Entry[] {
    return [...this.#entries.values()];
  }

  /** Adds the transfers of a turn before they are made. */
  addTurn(plans: readonly TaskPlan[]): Entry[] {
    this.#turns += 1;
    return plans.map((plan, place) => this.#add(plan, place));
  }

  /** Adds a transfer that continues another. */
  addSuccessor(plan: TaskPlan, predecessor: Entry): Entry {
    this.#turns += 1;
    predecessor.successor = plan.uid;
    return this.#add(plan, 0, predecessor);
  }

  #add(plan: TaskPlan, place: number, predecessor?: Entry): Entry {
    const entry: Entry = {
      plan,
      turn: this.#turns,
      place,
      begunAt: Date.now(),
      isDurable: false,
      seen: new Set(),
      isThere: false,
      isTurnedAway: false,
      mayBeCancelled: false,
      mayBeDeleted: false,
      ...(predecessor && { predecessor: predecessor.plan.uid }),
    };
    if (plan.id !== undefined && plan.onDuplicate === "replace") {
      for (const other of this.entries) if (other.plan.id === plan.id) cancelIn(other, plan.session);
    }
    this.#entries.set(plan.uid, entry);
    return entry;
  }

  get(uid: string): Entry | undefined {
    return this.#entries.get(uid);
  }

  /** Picks one of the latest transfers. */
  pick(fraction: number): Entry | undefined {
    const recent = this.entries.filter(({ isTurnedAway }) => !isTurnedAway).slice(-12);
    return recent[Math.floor(fraction * recent.length)];
  }

  /** Picks one of the latest transfers that have a destination. */
  pickPlaced(fraction: number): Entry | undefined {
    const placed = this.entries.filter(({ plan }) => plan.destination !== undefined).slice(-6);
    return placed[Math.floor(fraction * placed.length)];
  }

  cancelAll(session: SessionName): void {
    for (const entry of this.entries) cancelIn(entry, session);
  }

  cancelAllOf({ session, by, name }: Selection): void {
    for (const entry of this.entries) if (entry.plan[by] === name) cancelIn(entry, session);
  }

  deleteAll(session: SessionName): void {
    for (const entry of this.entries) if (entry.plan.session === session) entry.mayBeDeleted = true;
  }
}

function cancelIn(entry: Entry, session: SessionName): void {
  if (entry.plan.session === session) entry.mayBeCancelled = true;
}
