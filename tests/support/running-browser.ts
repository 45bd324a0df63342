import { ENGINES } from "./engines.ts";
import type { EngineName, TestBrowser } from "./test-browser.ts";

/** One browser for test after test, each on a site of its own: to start one takes longer than many a test. */
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

  /** One that was killed, or has something particular about it, is not used again. */
  async giveBack(origins: readonly string[]): Promise<void> {
    if (this.#browser?.isPlain) await this.#browser.forget(origins);
    else await this.end();
  }

  async end(): Promise<void> {
    await this.#browser?.close();
    this.#browser = undefined;
  }
}
