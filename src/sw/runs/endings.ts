import type { Failure } from "../../protocol/session-error.ts";
import { outageDelayMs } from "../../protocol/storage-outage.ts";
import type { TaskRow } from "../../store/schema.ts";
import { ended } from "../../store/tasks.ts";
import type { LiveRows } from "./live-rows.ts";
import type { Runs } from "./runs.ts";
import type { TaskLog } from "./task-log.ts";

export interface EndingsOptions {
  readonly rows: LiveRows;
  readonly runs: Runs;
  readonly now: () => number;
  readonly log: TaskLog;
}

interface Ending {
  /** In a row. */
  failures: number;
  /** It is being stored, or waits for its next try. */
  isBusy: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Ends tasks for reasons of the daemon. An end that the disk refuses is tried again, with a growing delay. */
export class Endings {
  readonly #options: EndingsOptions;
  readonly #endings = new Map<string, Ending>();

  constructor(options: EndingsOptions) {
    this.#options = options;
  }

  /**
   * Ends a task, unless that is being stored or was refused a moment ago.
   * @param retry is called when it is worth another try
   */
  end(row: TaskRow, failure: Failure, retry: () => void): void {
    const { key } = row;
    const ending: Ending = this.#endings.get(key) ?? { failures: 0, isBusy: false, timer: undefined };
    if (ending.isBusy) return;
    ending.isBusy = true;
    this.#endings.set(key, ending);
    const isForgotten = (): boolean => this.#endings.get(key) !== ending;
    this.#store(row, failure).then(
      () => isForgotten() || this.#endings.delete(key),
      (error: unknown) => {
        if (isForgotten()) return;
        ending.failures += 1;
        if (ending.failures === 1) this.#options.log("error", row, `${NOT_STORED}: ${String(error)}`);
        ending.timer = setTimeout(() => {
          ending.isBusy = false;
          retry();
        }, outageDelayMs(ending.failures));
      },
    );
  }

  /** Ends a task whose row says why it cannot go on. It is in no plan, so only this tries again. */
  readonly giveUp = (row: TaskRow): void => {
    const { failure } = row;
    if (failure === undefined) return;
    this.#options.log("error", row, failure.message);
    const end = (): void => this.end(row, failure, end);
    end();
  };

  /** Nothing is tried again. */
  stop(): void {
    for (const { timer } of this.#endings.values()) clearTimeout(timer);
    this.#endings.clear();
  }

  async #store(row: TaskRow, failure: Failure): Promise<void> {
    const { rows, runs, now } = this.#options;
    await rows.change(row.session, row.key, (current) => ended(current, current.failure ?? failure, now()));
    runs.stopRun(row.session, row.key);
  }
}

const NOT_STORED = "The end of the task could not be stored, and is tried again";
