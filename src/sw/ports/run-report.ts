import { type ResponseHead, UNKNOWN_LENGTH } from "../../protocol/task-info.ts";
import type { TaskActivity } from "../../protocol/task-state.ts";
import type { FileRow } from "../../store/schema.ts";
import { RateMeter } from "./rate-meter.ts";
import type { Run } from "./transport.ts";

/** Tells how far a run is, and how fast. */
export class RunReport {
  readonly #run: Pick<Run, "row" | "host" | "report">;
  readonly #rate: RateMeter;
  #held = 0;
  /** Of an upload that goes in several requests. */
  #bytesSent: number | undefined;

  constructor(run: Pick<Run, "row" | "host" | "report">) {
    this.#run = run;
    this.#rate = new RateMeter(run.host.now());
  }

  /** So many are there although they are still to be taken in: it does not look as if it began again. */
  holdAt(bytesReceived: number): void {
    this.#held = bytesReceived;
  }

  /** So many bytes came, or went. */
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
