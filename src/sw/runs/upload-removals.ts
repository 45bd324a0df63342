import type { TaskRow } from "../../store/schema.ts";
import { atRemoval, type WillSend } from "../sending/will-send.ts";
import { ActiveRun } from "./active-run.ts";
import type { Attempts } from "./attempts.ts";
import type { Runs } from "./runs.ts";
import type { TaskLog } from "./task-log.ts";

/** Removes cancelled uploads from their servers, so that a server need not keep them until they expire. */
export class UploadRemovals {
  readonly #attempts: Attempts;
  readonly #taskRuns: Runs;
  readonly #willSend: WillSend | undefined;
  readonly #log: TaskLog;
  readonly #runs = new Set<ActiveRun>();

  constructor(attempts: Attempts, taskRuns: Runs, willSend: WillSend | undefined, log: TaskLog) {
    this.#attempts = attempts;
    this.#taskRuns = taskRuns;
    this.#willSend = willSend && atRemoval(willSend);
    this.#log = log;
  }

  /** Tries once to remove the upload of a finished task, if it was cancelled for good. */
  start(row: TaskRow): void {
    const { protocol, parts } = row.upload ?? {};
    if (protocol === undefined || parts === undefined) return;
    if (row.failure?.code !== "cancelled" || row.isResumable) return;
    // The server must not be taking in a part of it meanwhile.
    this.#taskRuns.stopRun(row.session, row.key);
    const run = new ActiveRun(row.session, 1);
    this.#runs.add(run);
    this.#attempts
      .protocolOf(protocol)
      ?.discard(this.#attempts.of(row, run, this.#willSend))
      .catch((error: unknown) => this.#log("info", row, `The upload stays on the server: ${String(error)}`))
      .finally(() => this.#runs.delete(run));
  }

  stopSession(session: string): void {
    for (const run of this.#runs) if (run.session === session) run.stop();
  }
}
