import type { TaskRow } from "../../store/schema.ts";
import type { LiveFacts } from "../../store/task-info-of.ts";

/** One run of a task, from its start until its outcome is stored. */
export class ActiveRun {
  readonly row: TaskRow;
  readonly #controller = new AbortController();
  /** How many it may hold at once. */
  connections: number;
  facts: LiveFacts = { activity: "connecting" };
  /** Its bytes are done and its outcome is being stored: another run may take its place. */
  isSettling = false;
  /** Fulfils when its outcome is stored. */
  over: Promise<void> = Promise.resolve();

  /** @param row the row as it was at the start */
  constructor(row: TaskRow, connections: number) {
    this.row = row;
    this.connections = connections;
  }

  get session(): string {
    return this.row.session;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops it at a checkpoint. */
  stop(): void {
    this.#controller.abort();
  }
}
