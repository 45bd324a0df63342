import { outageDelayMs } from "../../protocol/storage-outage.ts";
import { report } from "../report.ts";

/** Counts consecutive runs in which the disk failed. The first is reported, and each is followed by a longer delay. */
export class DiskOutage {
  #failedRuns = 0;
  #hasFailed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  onRun(): void {
    this.#hasFailed = false;
  }

  onRunEnd(): void {
    if (!this.#hasFailed) this.#failedRuns = 0;
  }

  /** The disk has failed, perhaps not for the first time in this run. */
  failed(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#failedRuns += 1;
    if (this.#failedRuns === 1) report(error);
  }

  /** Calls `run` after the delay, unless `stopWaiting` comes first. */
  wait(run: () => void): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      run();
    }, outageDelayMs(this.#failedRuns));
  }

  stopWaiting(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
