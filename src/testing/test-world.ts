// Compilers have known it since TypeScript 5.2, but an app need not have it among its libraries.
/// <reference lib="esnext.disposable" preserve="true" />
import type { BackgroundTask } from "../app/background-task.ts";
import type { BackgroundSession } from "../app/index.ts";
import type { OpenOptions } from "../app/session/open-options.ts";
import { BackgroundSession as Sessions } from "../app/session/session.ts";
import { ERROR_CODES, type SessionErrorCode } from "../protocol/session-error.ts";
import type { Exchange, TestResponse } from "./exchange.ts";
import { exchangeOf } from "./exchange-of.ts";
import { FakeBrowser } from "./fake-browser.ts";
import { Network } from "./network.ts";
import { isAnythingOwed } from "./owed.ts";
import { TestPage } from "./test-page.ts";
import { TestTime } from "./test-time.ts";
import { type TestDaemonOptions, TestWorker } from "./test-worker.ts";

/** What the app passes to `startDaemon()`, and when the world begins. */
export interface TestWorldOptions extends TestDaemonOptions {
  /** The time at which the world begins, in milliseconds since the epoch. @default the present */
  now?: number;
}

/** What `createTestWorld` returns. Each method that changes something fulfils when what follows from it has happened. */
export class TestWorld {
  readonly #browser = new FakeBrowser();
  readonly #network = new Network();
  readonly #page = new TestPage(this.#browser);
  readonly #time: TestTime;
  readonly #worker: TestWorker;
  #isClosed = false;
  #areErrorsKnown = false;
  readonly #onClosed: () => void;

  constructor({ now = Date.now(), ...options }: TestWorldOptions, onClosed: () => void) {
    this.#onClosed = onClosed;
    this.#time = new TestTime(now, this.#browser);
    this.#browser.install();
    this.#browser.onReport = (error) => this.#browser.uncaught.push(error);
    this.#worker = new TestWorker(this.#browser, this.#network, options);
  }

  /** The time of the world, in milliseconds since the epoch. */
  get now(): number {
    return this.#time.now;
  }

  /** The errors that the app's code threw in the page and in launches. If no test reads them, `close()` throws them. */
  get errors(): readonly unknown[] {
    this.#areErrorsKnown = true;
    return this.#browser.uncaught;
  }

  /** @internal The scope of the app's worker. */
  get scope(): string {
    return this.#worker.scope;
  }

  /** Opens a session in the page, which is there from the first opening on. @throws as `BackgroundSession.open` */
  open(identifier: string, options: OpenOptions = {}): Promise<BackgroundSession> {
    return this.load(() =>
      Sessions.open(identifier, { serviceWorker: this.#worker.registration, ...options }),
    );
  }

  /**
   * Runs in the page what the app does when it is loaded, e.g. its own function that opens a session: whatever script the
   * app names as `serviceWorker`, the world has it. `reload()` runs it again.
   * @returns what `start` returns
   */
  async load<Result>(start: () => Result | Promise<Result>): Promise<Result> {
    this.#check();
    if (typeof start !== "function") throw new TypeError("load() needs a function, which starts the app.");
    const result = await this.until(this.#page.start(start));
    await this.settled();
    return result;
  }

  /**
   * Kills the page, and runs in a new one what `open()` and `load()` ran before.
   * @returns what they return, in their order; the sessions of the old page are dead
   */
  async reload(): Promise<unknown[]> {
    this.#check();
    if (!this.#page.isKnown)
      throw new Error("There is nothing to reload: call world.open() or world.load() first.");
    this.#page.dispatch("pagehide", { persisted: false });
    await this.#time.advance(0);
    this.#page.kill();
    const results: unknown[] = [];
    for (const started of this.#page.startAgain()) results.push(await this.until(started));
    await this.settled();
    return results;
  }

  /** Kills the page without a word, as a crash does. The worker goes on. */
  async killPage(): Promise<void> {
    this.#check();
    this.#page.kill();
    await this.settled();
  }

  /** Kills the worker between two lines. If a page is open, it starts the worker again. */
  async killWorker(): Promise<void> {
    this.#check();
    this.#worker.stop();
    await this.settled();
  }

  /** Kills page and worker, and has the browser start the worker, which launches the app if it owes it events. */
  async relaunch(): Promise<void> {
    this.#check();
    this.#page.kill();
    this.#worker.stop();
    this.#worker.wake();
    await this.settled();
  }

  /** Cuts every connection; requests fail until `goOnline()`. */
  goOffline(): Promise<void> {
    return this.#goOnline(false);
  }

  /** Brings the network back. The browser tells page and worker, and starts the worker if it has work. */
  goOnline(): Promise<void> {
    return this.#goOnline(true);
  }

  /** Returns the request of a task that waits for an answer, as the server would get it. @throws as `finish` */
  async request(task: BackgroundTask): Promise<Request> {
    return (await this.#exchangeOf(task, "request")).request.clone();
  }

  /**
   * Answers the request of a task to its end. What follows is up to the library: a 503 is tried again. A 200 to a request
   * with a `Range` becomes a 206.
   * @param response the status, the head, or a `Response` with its body
   * @param body what the request asks for; after `progress`, the rest of it
   * @throws TypeError if the task is not of this world, or `response` is none; Error if no request of it waits for an
   *   answer, or if another status was sent by `progress`
   */
  async finish(task: BackgroundTask, response: TestResponse = 200, body?: BodyInit | null): Promise<void> {
    if (!isStatus(response) && Object(response) !== response)
      throw new TypeError("response must be a status from 200 to 599, a head, or a Response.");
    await (await this.#exchangeOf(task, "finish")).finish(response, body);
    await this.settled();
  }

  /**
   * Breaks the connection of a task, which the library then tries again: `advance`. With a code, the task ends with that
   * error instead.
   * @throws TypeError for a code that is none; otherwise as `finish`
   */
  async fail(task: BackgroundTask, error?: SessionErrorCode | Error): Promise<void> {
    if (typeof error === "string" && !ERROR_CODES.includes(error))
      throw new TypeError(`"${error}" is not a SessionErrorCode; pass one of them, or an Error.`);
    const exchange = await this.#exchangeOf(task, "fail");
    if (typeof error !== "string") exchange.cut(error);
    else this.#network.fail(exchange, { code: error, message: `The test made the task fail: ${error}.` });
    await this.settled();
  }

  /**
   * Sends some bytes of the response, with the status 200 if nothing was sent yet.
   * @param bytes how many (zeros), or which
   * @param totalBytes the length of the whole body, if it is known
   * @throws as `finish`; TypeError unless they are numbers from 0 on; RangeError if there are more bytes than the body has
   */
  async progress(task: BackgroundTask, bytes: number | Uint8Array, totalBytes?: number): Promise<void> {
    if (!isCount(bytes) && !ArrayBuffer.isView(bytes))
      throw new TypeError("bytes must be a number from 0 on, or a Uint8Array.");
    if (totalBytes !== undefined && !isCount(totalBytes))
      throw new TypeError("totalBytes must be a number from 0 on.");
    (await this.#exchangeOf(task, "progress")).progress(bytes, totalBytes);
    await this.settled();
  }

  /** Lets time pass. @throws TypeError unless `ms` is a number from 0 on */
  async advance(ms: number): Promise<void> {
    this.#check();
    if (!(Number.isFinite(ms) && ms >= 0)) throw new TypeError("ms must be a number from 0 on.");
    await this.#time.advance(ms);
    await this.settled();
  }

  /**
   * Fulfils when the page has got what it is owed, and nothing more happens without the test. For this, the clock
   * advances by 0.4 to 3 s: notices come at most ten times a second.
   */
  async settled(): Promise<void> {
    this.#check();
    await this.#time.settled(() => this.#isOwed());
  }

  /** Lets time pass until a promise settles, for at most a minute. @returns what it fulfils with */
  async until<Value>(promise: Value | Promise<Value>): Promise<Value> {
    this.#check();
    return this.#time.until(promise);
  }

  /**
   * Ends the world, and gives back the timers and the other globals.
   * @throws what the app's code threw, if no test has read `errors`
   */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#page.kill();
    this.#worker.isGone = true;
    this.#worker.stop();
    await this.#time.advance(0);
    this.#isClosed = true;
    this.#browser.uninstall();
    this.#time.end();
    this.#onClosed();
    if (!this.#areErrorsKnown && this.#browser.uncaught.length > 0) throw this.#browser.uncaught[0];
  }

  /** The same as `close()`, for `await using world = createTestWorld()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Whether somebody who is there is owed an event. */
  async #isOwed(): Promise<boolean> {
    return (this.#page.isOpen || this.#worker.isLaunching) && (await isAnythingOwed(this.#worker.scope));
  }

  async #goOnline(isOnline: boolean): Promise<void> {
    this.#check();
    this.#network.isOnline = isOnline;
    this.#browser.isOnline = isOnline;
    if (!isOnline) this.#network.cutAll();
    this.#page.dispatch(isOnline ? "online" : "offline");
    this.#worker.networkChanged();
    await this.settled();
  }

  #exchangeOf(task: BackgroundTask, method: string): Promise<Exchange> {
    this.#check();
    return exchangeOf(task, method, { network: this.#network, time: this.#time, scope: this.scope });
  }

  #check(): void {
    if (this.#isClosed)
      throw new Error("This test world is closed; make one for each test: createTestWorld().");
  }
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0;
}

function isStatus(value: unknown): boolean {
  return isCount(value) && Number(value) >= 200 && Number(value) <= 599;
}
