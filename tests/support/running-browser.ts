import { ENGINES } from "./engines.ts";
import type { EngineName, TestBrowser } from "./test-browser.ts";

/** One browser for test after test, each on its own site: starting one takes longer than many tests. */
export class RunningBrowser {
  readonly #engine: EngineName;
  #browser: TestBrowser | undefined;

  constructor(engine: EngineName) {
    this.#engine = engine;
  }

  async take(): Promise<TestBrowser> {
    this.#browser ??= await ENGINES[this.#engine].launch();
    return this.#browser;
  }

  /** A browser that was killed, or has special options, is not reused. */
  async giveBack(origins: readonly string[]): Promise<void> {
    if (this.#browser?.isPlain) await this.#browser.forget(origins);
    else await this.end();
  }

  async end(): Promise<void> {
    await this.#browser?.close();
    this.#browser = undefined;
  }
}
