import { isFinished } from "../../protocol/task-state.ts";
import { GroupCommit } from "../../store/group-commit.ts";
import type { TaskRow } from "../../store/schema.ts";
import { changed, changeTasks, readTask, type TaskChange, type WantedChange } from "../../store/tasks.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";

export interface LiveRowsOptions {
  readonly host: Pick<DaemonHost, "database">;
  /** A row is new, has changed, or has finished. `before` is the row that was in memory. */
  readonly onRow: (row: TaskRow, before: TaskRow | undefined) => void;
  /** A change of ours finished a task. */
  readonly onFinished: (row: TaskRow) => void;
  /** A row turned out to be deleted, so the plan no longer holds. */
  readonly replan: () => void;
  /** A row was read that the store could not understand. */
  readonly onDamaged: (row: TaskRow) => void;
}

/** The unfinished tasks: a copy in memory of what is on disk, and the one way to change it. */
export class LiveRows {
  readonly #options: LiveRowsOptions;
  readonly #rows = new Map<string, TaskRow>();
  /** Tasks whose row on disk may be newer than the one in memory. */
  readonly #stale = new Set<string>();
  readonly #changes: GroupCommit<WantedChange, TaskRow | undefined>;

  constructor(options: LiveRowsOptions) {
    this.#options = options;
    this.#changes = new GroupCommit((wanted) => changeTasks(options.host.database, wanted, "strict"));
  }

  get byKey(): ReadonlyMap<string, TaskRow> {
    return this.#rows;
  }

  clear(): void {
    this.#rows.clear();
    this.#stale.clear();
  }

  /** Takes up a row that was read from disk. */
  admit(row: TaskRow): void {
    if (isDamaged(row)) this.#options.onDamaged(row);
    else this.#apply(row);
  }

  /**
   * Changes a row on disk, then in memory.
   * @param onStored is called in between
   * @returns the row as it is then; undefined if it is gone
   */
  async change(
    session: string,
    key: string,
    change: (row: TaskRow) => TaskRow,
    onStored: (row: TaskRow) => void = () => {},
  ): Promise<TaskRow | undefined> {
    let wasFinished = true;
    const row = await this.#changes.add({
      session,
      key,
      change: (current) => {
        wasFinished = isFinished(current.state);
        return change(current);
      },
    });
    if (row !== undefined) {
      onStored(row);
      this.#apply(row);
      if (!wasFinished && isFinished(row.state)) this.#options.onFinished(row);
    } else if (this.#rows.get(key)?.session === session) {
      // A key is unique, but the command may name another session's.
      this.#rows.delete(key);
      this.#options.replan();
    }
    return row;
  }

  /** Changes a row in memory only. */
  amend(key: string, change: TaskChange): void {
    const row = this.#rows.get(key);
    if (row !== undefined) this.#rows.set(key, changed(row, change));
  }

  /** The disk may have refused a change: the row is read again before the next attempt. */
  markStale(key: string): void {
    this.#stale.add(key);
  }

  /** Returns the row, read again if it is stale; undefined if the task is gone or has ended. */
  async upToDate(row: TaskRow): Promise<TaskRow | undefined> {
    const { session, key } = row;
    if (!this.#stale.has(key)) return row;
    const stored = await readTask(this.#options.host.database, session, key);
    this.#stale.delete(key);
    if (!this.#rows.has(key)) return undefined;
    if (stored === undefined || isDamaged(stored)) this.#rows.delete(key);
    if (stored !== undefined) this.admit(stored);
    return this.#rows.get(key);
  }

  /** Drops the rows of a session. @returns the dropped rows */
  forget(session: string): TaskRow[] {
    const rows = [...this.#rows.values()].filter((row) => row.session === session);
    for (const { key } of rows) this.#rows.delete(key);
    return rows;
  }

  #apply(row: TaskRow): void {
    const before = this.#rows.get(row.key);
    if (isFinished(row.state)) this.#rows.delete(row.key);
    else this.#rows.set(row.key, row);
    this.#options.onRow(row, before);
  }
}

/** The store could not understand the row, and it has not been ended yet. */
function isDamaged({ state, failure }: TaskRow): boolean {
  return failure !== undefined && !isFinished(state);
}
