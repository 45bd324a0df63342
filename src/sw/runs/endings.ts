import { pause } from "../../async/pause.ts";
import type { Failure } from "../../protocol/session-error.ts";
import { outageDelayMs } from "../../protocol/storage-outage.ts";
import type { TaskRow } from "../../store/schema.ts";
import { ended } from "../../store/tasks.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import type { LiveRows } from "./live-rows.ts";
import type { Runs } from "./runs.ts";
import type { TaskLog } from "./task-log.ts";

export interface EndingsOptions {
  readonly host: Pick<DaemonHost, "now">;
  readonly rows: LiveRows;
  readonly runs: Runs;
  readonly log: TaskLog;
}

interface Ending {
  /** In a row. */
  readonly failures: number;
  /** It is being stored, or waits for its next try. */
  readonly isBusy: boolean;
}

/** Ends tasks for reasons of the daemon. An end that the disk refuses is tried again, with a growing delay. */
export class Endings {
  readonly #options: EndingsOptions;
  #endings = new Map<string, Ending>();

  constructor(options: EndingsOptions) {
    this.#options = options;
  }

  /**
   * Ends a task, unless that is being stored or was refused a moment ago. Never rejects.
   * @param retry is called when it is worth another try
   */
  async end(row: TaskRow, failure: Failure, retry: () => void): Promise<void> {
    const { session, key } = row;
    const { host, rows, runs, log } = this.#options;
    const endings = this.#endings;
    const { failures = 0, isBusy } = endings.get(key) ?? {};
    if (isBusy) return;
    endings.set(key, { failures, isBusy: true });
    try {
      await rows.change(session, key, (current) =>
        ended(runs.measured(current), current.failure ?? failure, host.now()),
      );
      endings.delete(key);
      runs.stopRun(session, key);
    } catch (error) {
      if (failures === 0 && endings === this.#endings) log("error", row, `${NOT_STORED}: ${String(error)}`);
      await pause(outageDelayMs(failures + 1));
      if (endings !== this.#endings) return;
      endings.set(key, { failures: failures + 1, isBusy: false });
      retry();
    }
  }

  /** Ends a task whose row says why it cannot go on. It is in no plan, so only this tries again. */
  readonly giveUp = (row: TaskRow): void => {
    const { failure } = row;
    if (failure === undefined) return;
    this.#options.log("error", row, failure.message);
    const end = (): Promise<void> => this.end(row, failure, end);
    void end();
  };

  /** Nothing is tried again. */
  stop(): void {
    this.#endings = new Map();
  }
}

const NOT_STORED = "The end of the task could not be stored, and is tried again";
