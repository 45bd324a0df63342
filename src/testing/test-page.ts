import type { FakeBrowser } from "./fake-browser.ts";
import { type Realm, setOuterRealm } from "./realm.ts";

/** The page of the app: what starts the app in it starts it again in the next. */
export class TestPage {
  readonly #browser: FakeBrowser;
  readonly #starts: (() => unknown)[] = [];
  #realm: Realm | undefined;

  constructor(browser: FakeBrowser) {
    this.#browser = browser;
  }

  get isOpen(): boolean {
    return this.#realm !== undefined;
  }

  /** Whether something has run in it, or in one before it. */
  get isKnown(): boolean {
    return this.#starts.length > 0;
  }

  /** Runs in the page what its script does when it is loaded. */
  start<Result>(start: () => Result): Result {
    this.#starts.push(start);
    return this.#run(start);
  }

  /** Runs in a new page what ran in the last one. */
  *startAgain(): Iterable<unknown> {
    for (const start of [...this.#starts]) yield this.#run(start);
  }

  dispatch(type: string, event?: object): void {
    this.#realm?.dispatch(type, event);
  }

  /** Without a word, as in a crash. */
  kill(): void {
    if (this.#realm !== undefined) this.#browser.kill(this.#realm);
    this.#realm = undefined;
    setOuterRealm(undefined);
  }

  #run<Result>(start: () => Result): Result {
    this.#realm ??= this.#browser.open("page");
    // What the test itself does, it does in the page.
    setOuterRealm(this.#realm);
    return this.#realm.run(start);
  }
}
