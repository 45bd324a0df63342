import { ENGINES } from "./engines.ts";
import type { EngineName, StartOptions, TestBrowser } from "./test-browser.ts";

/** One browser for test after test, each on its own site: starting one takes longer than many tests. */
export class RunningBrowser {
  readonly #engine: EngineName;
  #browser: TestBrowser | undefined;
  #options: StartOptions = {};

  constructor(engine: EngineName) {
    this.#engine = engine;
  }

  async take(options: StartOptions): Promise<TestBrowser> {
    if (this.#browser?.runsWith(options) === false) await this.end();
    this.#options = options;
    this.#browser ??= await ENGINES[this.#engine].launch(options);
    return this.#browser;
  }

  /** A browser that the test has ended, or started with other options, is not reused. */
  async giveBack(origins: readonly string[]): Promise<void> {
    if (this.#browser?.runsWith(this.#options)) await this.#browser.forget(origins);
    else await this.end();
  }

  async end(): Promise<void> {
    await this.#browser?.close();
    this.#browser = undefined;
  }
}
