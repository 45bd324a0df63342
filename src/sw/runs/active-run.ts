import type { LiveFacts } from "../../store/task-info-of.ts";

/** One run of a task, from its start until its outcome is stored. */
export class ActiveRun {
  readonly session: string;
  readonly #controller = new AbortController();
  /** How many it may hold at once. */
  connections: number;
  facts: LiveFacts = { activity: "connecting" };
  /** Its bytes are done and its outcome is being stored: another run may take its place. */
  isSettling = false;
  /** Fulfils when its outcome is stored. */
  over: Promise<void> = Promise.resolve();

  constructor(session: string, connections: number) {
    this.session = session;
    this.connections = connections;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops it at a checkpoint. */
  stop(): void {
    this.#controller.abort();
  }
}
