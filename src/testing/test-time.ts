import { Clock } from "./clock.ts";
import { timers } from "./node-builtins.ts";
import { untilQuiet } from "./until-quiet.ts";

/** By how much the clock advances at once while something is waited for: as often come notices. */
const STEP_MS = 100;
const LEAST_STEPS = 4;
/** An app may wait for something that only the test can bring. */
const MOST_STEPS = 30;
const REAL_MS = 10;
const A_MINUTE = 600;

/** The time of a world. When it advances, what follows from that happens first. */
export class TestTime {
  readonly #clock: Clock;
  readonly #flush: () => Promise<void>;

  constructor(now: number, isBusy: () => boolean) {
    this.#clock = new Clock(now);
    this.#clock.install();
    this.#flush = () => untilQuiet(isBusy);
  }

  get now(): number {
    return this.#clock.now;
  }

  advance(ms: number): Promise<void> {
    return this.#clock.advance(ms, this.#flush);
  }

  step(): Promise<void> {
    return this.advance(STEP_MS);
  }

  /** Lets time pass until nothing more happens. */
  async settled(isOwed: () => Promise<boolean>): Promise<void> {
    for (let step = 1; step <= MOST_STEPS; step += 1) {
      await this.step();
      if (step < LEAST_STEPS) continue;
      if (!(await isOwed())) return;
      // The app may wait for something real, e.g. a file.
      await timers.setTimeout(REAL_MS);
    }
  }

  async until<Value>(promise: Value | Promise<Value>): Promise<Value> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    Promise.resolve(promise).then(over, over);
    await this.advance(0);
    for (let step = 0; step < A_MINUTE && !isOver; step += 1) {
      await this.step();
      // It may wait for something real as well, e.g. a module that is imported.
      if (step >= LEAST_STEPS) await timers.setTimeout(REAL_MS);
    }
    if (!isOver) throw new Error("The promise did not settle within a minute of the world's clock.");
    return promise;
  }

  /** Gives the timers and dates back. */
  end(): void {
    this.#clock.uninstall();
  }
}
