import { type ResponseHead, UNKNOWN_LENGTH } from "../../protocol/task-info.ts";
import type { TaskActivity } from "../../protocol/task-state.ts";
import type { FileRow, TaskRow } from "../../store/schema.ts";
import type { LiveFacts } from "../../store/task-info-of.ts";
import { RateMeter } from "./rate-meter.ts";

/** What a report needs of a run. */
interface ReportedRun {
  readonly row: TaskRow;
  readonly host: { now(): number };
  report(facts: LiveFacts): void;
}

/** Reports how far a run is, and how fast. */
export class RunReport {
  readonly #run: ReportedRun;
  readonly #rate: RateMeter;
  #held = 0;
  /** For an upload in several requests. */
  #bytesSent: number | undefined;

  constructor(run: ReportedRun) {
    this.#run = run;
    this.#rate = new RateMeter(run.host.now());
  }

  /** Reports at least this many bytes while they are read again, so that the task does not seem to start over. */
  holdAt(bytesReceived: number): void {
    this.#held = bytesReceived;
  }

  /** Counts bytes received or sent. */
  add(sizeBytes: number): void {
    this.#rate.add(sizeBytes, this.#run.host.now());
  }

  tellSent(activity: TaskActivity, bytesSent: number): void {
    this.#bytesSent = bytesSent;
    this.tell(activity, 0);
  }

  tell(activity: TaskActivity, bytesReceived: number, file?: FileRow, response?: ResponseHead): void {
    const { row, report } = this.#run;
    report({
      activity,
      bytesReceived: Math.max(bytesReceived, this.#held),
      bytesExpected: file?.total ?? row.file?.total ?? UNKNOWN_LENGTH,
      ...(this.#bytesSent !== undefined && { bytesSent: this.#bytesSent }),
      bytesPerSecond: this.#rate.bytesPerSecond,
      attempts: row.attempts + 1,
      response,
      file,
    });
  }
}
