import type { AttemptMetrics } from "../../protocol/metrics.ts";
import type { TaskRow } from "../../store/schema.ts";
import type { LiveFacts } from "../../store/task-info-of.ts";
import type { TimedAnswer } from "../decisions/pace.ts";

/** One run of a task, from its start until its outcome is stored. */
export class ActiveRun {
  readonly row: TaskRow;
  readonly startedAt: number;
  /** How many answers of the app's there were before it. */
  readonly answersBefore: number;
  readonly #controller = new AbortController();
  /** How many it may hold at once. */
  connections: number;
  /** The `maximumDownloadRate` with which it began. */
  rate = 0;
  facts: LiveFacts = { activity: "connecting" };
  /** How many requests it has sent. */
  requests = 0;
  /** When the last of them was sent; milliseconds since the epoch. */
  sentAt = 0;
  /** What is known of the last answer. */
  answer: Pick<AttemptMetrics, "respondedAt" | "status" | "isRedirected"> | undefined;
  /** Its bytes are done and its outcome is being stored: another run may take its place. */
  isSettling = false;
  /** Fulfils when its outcome is stored. */
  over: Promise<void> = Promise.resolve();

  /** @param row the row as it was at the start */
  constructor(row: TaskRow, connections: number, startedAt: number, answersBefore: number = 0) {
    this.row = row;
    this.answersBefore = answersBefore;
    this.startedAt = startedAt;
    this.connections = connections;
  }

  get session(): string {
    return this.row.session;
  }

  /** The last answer; undefined if there is none, or that of its last request is missing. */
  get timedAnswer(): TimedAnswer | undefined {
    const { respondedAt, status } = this.answer ?? {};
    if (respondedAt === undefined || status === undefined || respondedAt < this.sentAt) return undefined;
    return { sentAt: this.sentAt, respondedAt, status };
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops it at a checkpoint. */
  stop(): void {
    this.#controller.abort();
  }
}
