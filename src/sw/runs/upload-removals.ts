import type { TaskRow } from "../../store/schema.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import { atRemoval, type WillSend } from "../sending/will-send.ts";
import { ActiveRun } from "./active-run.ts";
import type { Attempts } from "./attempts.ts";
import type { Runs } from "./runs.ts";
import type { TaskLog } from "./task-log.ts";

export interface UploadRemovalsOptions {
  readonly host: Pick<DaemonHost, "now">;
  readonly attempts: Attempts;
  readonly runs: Runs;
  readonly willSend?: WillSend | undefined;
  readonly log: TaskLog;
}

/** Removes cancelled uploads from their servers, so that a server need not keep them until they expire. */
export class UploadRemovals {
  readonly #options: UploadRemovalsOptions;
  readonly #removals = new Set<ActiveRun>();

  constructor(options: UploadRemovalsOptions) {
    this.#options = options;
  }

  /** Tries once to remove the upload of a finished task, if it was cancelled for good. */
  start(row: TaskRow): void {
    const { protocol, resumeAt, parts = resumeAt, state = parts } = row.upload ?? {};
    if (protocol === undefined || state === undefined) return;
    if (row.failure?.code !== "cancelled" || row.isResumable) return;
    const { host, attempts, runs, willSend, log } = this.#options;
    // The server must not be taking in a part of it meanwhile.
    runs.stopRun(row.session, row.key);
    const removal = new ActiveRun(row, 1, host.now());
    this.#removals.add(removal);
    attempts
      .protocolOf(protocol)
      ?.discard(attempts.of(row, removal, willSend && atRemoval(willSend)))
      .catch((error: unknown) => log("info", row, `The upload stays on the server: ${String(error)}`))
      .finally(() => this.#removals.delete(removal));
  }

  stopSession(session: string): void {
    for (const removal of this.#removals) if (removal.session === session) removal.stop();
  }
}
