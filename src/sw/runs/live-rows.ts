import { isFinished } from "../../protocol/task-state.ts";
import { changeTasks, type WantedChange } from "../../store/change-tasks.ts";
import { GroupCommit } from "../../store/group-commit.ts";
import type { TaskRow } from "../../store/schema.ts";
import { changed, type RowChange, readTask, type TaskChange } from "../../store/tasks.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";

export interface LiveRowsOptions {
  readonly host: Pick<DaemonHost, "database">;
  /** A row is new, has changed, or has finished. `before` is the row that was in memory. */
  readonly onRow: (row: TaskRow, before: TaskRow | undefined) => void;
  /** A change of ours finished a task. */
  readonly onFinished: (row: TaskRow) => void;
  /** A row turned out to be deleted, so the plan no longer holds. */
  readonly replan: () => void;
  /** A row was read that says why it cannot go on. */
  readonly onGivenUp: (row: TaskRow) => void;
}

/** The unfinished tasks: a copy in memory of what is on disk, and the one way to change it. */
export class LiveRows {
  readonly #options: LiveRowsOptions;
  readonly #rows = new Map<string, TaskRow>();
  /** Tasks that are being given up: they get no run, but have their places in the queues until they have ended. */
  readonly #givenUp = new Map<string, TaskRow>();
  /** The finished tasks that hold their queues. */
  readonly #holding = new Map<string, TaskRow>();
  readonly #maps = [this.#rows, this.#givenUp, this.#holding];
  /** Tasks whose row on disk may be newer than the one in memory. */
  readonly #stale = new Set<string>();
  readonly #changes: GroupCommit<WantedChange, TaskRow | undefined>;

  constructor(options: LiveRowsOptions) {
    this.#options = options;
    this.#changes = new GroupCommit((wanted) => this.#store(wanted));
  }

  get byKey(): ReadonlyMap<string, TaskRow> {
    return this.#rows;
  }

  /** Every unfinished task, also those that are being given up. */
  get all(): readonly TaskRow[] {
    return [...this.#rows.values(), ...this.#givenUp.values()];
  }

  /** Whether a task of its queue that ended badly holds it up. */
  isHeld({ session, queue, order }: TaskRow): boolean {
    const isBefore = (held: TaskRow): boolean =>
      held.session === session && held.queue?.name === queue?.name && held.order < order;
    return queue !== undefined && [...this.#holding.values()].some(isBefore);
  }

  /** Only these tasks of the session still hold their queues: a page may have let one go on without saying so. */
  released(session: string, stored: readonly TaskRow[]): void {
    const held = new Set(stored.filter(({ holds }) => holds !== undefined).map(({ key }) => key));
    for (const row of this.#holding.values())
      if (row.session === session && !held.has(row.key)) this.#holding.delete(row.key);
  }

  clear(): void {
    for (const map of this.#maps) map.clear();
    this.#stale.clear();
  }

  /** Takes up a row that was read from disk. */
  admit(row: TaskRow): void {
    if (isGivenUp(row)) {
      this.#givenUp.set(row.key, row);
      this.#options.onGivenUp(row);
    } else this.#apply(row);
  }

  /**
   * Changes a row on disk, then in memory.
   * @param onStored is called in between
   * @returns the row as it is then; undefined if it is gone
   */
  async change(
    session: string,
    key: string,
    change: RowChange,
    onStored: (row: TaskRow) => void = () => {},
  ): Promise<TaskRow | undefined> {
    let wasFinished = true;
    const row = await this.#changes.add({
      session,
      key,
      change: (current, tx) => {
        wasFinished = isFinished(current.state);
        return change(current, tx);
      },
    });
    if (row !== undefined) {
      onStored(row);
      this.#apply(row);
      if (!wasFinished && isFinished(row.state)) this.#options.onFinished(row);
    } else {
      // A key is unique, but the command may name another session's.
      const known = this.#maps.filter((map) => map.get(key)?.session === session);
      for (const map of known) map.delete(key);
      if (known.length > 0) this.#options.replan();
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
    if (stored === undefined || isGivenUp(stored)) this.#rows.delete(key);
    if (stored !== undefined) this.admit(stored);
    return this.#rows.get(key);
  }

  /** Drops the rows of a session. @returns the dropped rows */
  forget(session: string): TaskRow[] {
    const rows = [...this.#rows.values()].filter((row) => row.session === session);
    for (const map of this.#maps)
      for (const row of map.values()) if (row.session === session) map.delete(row.key);
    return rows;
  }

  async #store(wanted: Iterable<WantedChange>): Promise<readonly (TaskRow | undefined)[]> {
    const { rows, others } = await changeTasks(this.#options.host.database, wanted);
    for (const row of others) {
      // A task that was not announced yet is taken up with what is before it in its queue.
      if (isFinished(row.state) || this.#rows.has(row.key)) this.#apply(row);
      if (isFinished(row.state)) this.#options.onFinished(row);
    }
    return rows;
  }

  #apply(row: TaskRow): void {
    const before = this.#rows.get(row.key);
    const keep = (map: Map<string, TaskRow>, is: boolean) =>
      is ? map.set(row.key, row) : map.delete(row.key);
    keep(this.#holding, row.holds !== undefined);
    keep(this.#givenUp, isGivenUp(row));
    keep(this.#rows, !isFinished(row.state) && !isGivenUp(row));
    this.#options.onRow(row, before);
  }
}

/** The row says why it cannot go on, e.g. because the store could not understand it, and it has not been ended yet. */
function isGivenUp({ state, failure }: TaskRow): boolean {
  return failure !== undefined && !isFinished(state);
}
