import type { TaskRow } from "../../store/schema.ts";
import type { Configurations } from "./configurations.ts";
import type { LiveRows } from "./live-rows.ts";

/** Takes up rows from disk, and makes sure that none comes back whose session was deleted meanwhile. */
export class Admission {
  readonly #rows: LiveRows;
  readonly #configurations: Configurations;
  readonly #giveUp: (row: TaskRow) => void;
  /** How often a session was deleted: what was read before may be gone since. */
  #deletions = 0;

  constructor(rows: LiveRows, configurations: Configurations, giveUp: (row: TaskRow) => void) {
    this.#rows = rows;
    this.#configurations = configurations;
    this.#giveUp = giveUp;
  }

  /** A session is being deleted: what is being read now is read again. */
  startOver(): void {
    this.#deletions += 1;
  }

  /**
   * Takes up what `read` returns, in the turn in which it was read, so that later changes come after it. Rows whose
   * session is gone are ended with an error.
   */
  async admit(read: () => Promise<readonly TaskRow[]>): Promise<readonly TaskRow[]> {
    const orphans = new Set<string>();
    const isOrphan = ({ session }: TaskRow): boolean => !this.#configurations.has(session);
    for (;;) {
      const deletions = this.#deletions;
      const rows = (await read()).filter(({ key }) => !orphans.has(key));
      if (deletions !== this.#deletions) continue;
      if (!rows.some(isOrphan)) {
        for (const row of rows) this.#rows.admit(row);
        return rows;
      }
      // The session may be new: none of its tasks may go out under the defaults.
      await this.#configurations.refresh();
      if (deletions !== this.#deletions) continue;
      for (const row of rows.filter(isOrphan)) {
        orphans.add(row.key);
        this.#giveUp({ ...row, failure: SESSION_LOST });
      }
    }
  }
}

const SESSION_LOST = {
  code: "storage-lost",
  message: "The stored session of the task is gone, and the task was given up. Make it again.",
} as const;
