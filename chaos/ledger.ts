import type { SessionName, TaskPlan } from "./task-plan.ts";

/** What the user was told of a transfer, and did to it: what the library is held to. */
export interface Entry {
  readonly plan: TaskPlan;
  /** Its `resume()` fulfilled: it may not be lost. */
  isDurable: boolean;
  /** Its id was taken: there is no such task. */
  isTurnedAway: boolean;
  /** Somebody asked for its end, or for that of all, or took its id. */
  mayBeCancelled: boolean;
  /** Its session was deleted, and it may have gone with it. */
  mayBeDeleted: boolean;
  /** The task that goes on with it, at the same address. */
  successor?: string;
  predecessor?: string;
}

export class Ledger {
  readonly #entries = new Map<string, Entry>();

  get entries(): Entry[] {
    return [...this.#entries.values()];
  }

  /** Before it is made. */
  add(plan: TaskPlan, predecessor?: Entry): Entry {
    const entry: Entry = {
      plan,
      isDurable: false,
      isTurnedAway: false,
      mayBeCancelled: false,
      mayBeDeleted: false,
      ...(predecessor && { predecessor: predecessor.plan.uid }),
    };
    if (predecessor) predecessor.successor = plan.uid;
    if (plan.id !== undefined && plan.onDuplicate === "replace") {
      for (const other of this.entries) if (other.plan.id === plan.id) cancelIn(other, plan.session);
    }
    this.#entries.set(plan.uid, entry);
    return entry;
  }

  get(uid: string): Entry | undefined {
    return this.#entries.get(uid);
  }

  /** Out of those that were made last. */
  pick(fraction: number): Entry | undefined {
    const recent = this.entries.filter(({ isTurnedAway }) => !isTurnedAway).slice(-12);
    return recent[Math.floor(fraction * recent.length)];
  }

  cancelAll(session: SessionName): void {
    for (const entry of this.entries) cancelIn(entry, session);
  }

  deleteAll(session: SessionName): void {
    for (const entry of this.entries) if (entry.plan.session === session) entry.mayBeDeleted = true;
  }
}

function cancelIn(entry: Entry, session: SessionName): void {
  if (entry.plan.session === session) entry.mayBeCancelled = true;
}
