import type { Database } from "../../store/database.ts";
import { SETTLED_GRACE_MS, sweepSettled } from "../../store/sweep.ts";

/** Deletes settled tasks a while after they have settled. */
export class SweepTimer {
  readonly #database: Database;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #mustSweepAgain = false;

  constructor(database: Database) {
    this.#database = database;
  }

  /** A task that settles while a sweep is due is too young for that sweep, and gets another. */
  start(): void {
    this.#mustSweepAgain = this.#timer !== undefined;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      sweepSettled(this.#database, Date.now()).catch(() => {});
      if (this.#mustSweepAgain) this.start();
    }, SETTLED_GRACE_MS + 1_000);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
