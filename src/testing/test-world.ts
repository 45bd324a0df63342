import type { BackgroundTask } from "../app/background-task.ts";
import type { OpenOptions } from "../app/session/open-options.ts";
import { type BackgroundSession, BackgroundSession as Sessions } from "../app/session/session.ts";
import { namesOf } from "../protocol/names.ts";
import { ERROR_CODES, type SessionErrorCode } from "../protocol/session-error.ts";
import { Database } from "../store/database.ts";
import { readEvents } from "../store/outbox.ts";
import type { HandleEvents } from "../sw/launches/active-launch.ts";
import { Clock } from "./clock.ts";
import type { Exchange, TestResponse } from "./exchange.ts";
import { FakeBrowser } from "./fake-browser.ts";
import { Network } from "./network.ts";
import { type Realm, setOuterRealm } from "./realm.ts";
import { TestWorker } from "./test-worker.ts";

export interface TestWorldOptions {
  /** The app's function that handles a background launch: what it passes to `startDaemon` as `handleEvents`. */
  launch?: HandleEvents;
  /** The time at which the world begins, in milliseconds since the epoch. @default the present */
  now?: number;
}

type PageOptions = Omit<OpenOptions, "serviceWorker">;

let count = 0;
let current: TestWorld | undefined;

/**
 * Returns a world for a test in Node: the library's own page, daemon and store, surrounded by a network, a clock and a
 * browser that do what the test says. Until `close()`, timers and dates follow the world's clock.
 * @throws Error if the world of another test is still open
 */
export function createTestWorld(options: TestWorldOptions = {}): TestWorld {
  if (current !== undefined)
    throw new Error(
      "A test world is open already: one at a time. Call `await world.close()` after each test.",
    );
  const { launch } = options;
  if (launch !== undefined && typeof launch !== "function")
    throw new TypeError("launch must be the function that handles a background launch.");
  current = new TestWorld(options);
  return current;
}

/** What `createTestWorld` returns. Each method that changes something fulfils when what follows from it has happened. */
export class TestWorld {
  readonly #browser = new FakeBrowser();
  readonly #network = new Network();
  readonly #clock: Clock;
  readonly #worker: TestWorker;
  readonly #disk: Database;
  /** How the app opened its sessions: it does so again after a reload. */
  readonly #opened = new Map<string, PageOptions>();
  #page: Realm | undefined;
  #isClosed = false;

  constructor({ launch, now = Date.now() }: TestWorldOptions) {
    count += 1;
    const scope = `https://app.test/${count}/`;
    this.#clock = new Clock(now);
    this.#clock.install();
    this.#browser.install();
    this.#worker = new TestWorker({ browser: this.#browser, network: this.#network, scope, launch });
    this.#disk = new Database(namesOf(scope).database);
  }

  /** The errors that the app's code threw, in the page and in launches. */
  get errors(): readonly unknown[] {
    return this.#browser.uncaught;
  }

  /** Opens a session in the page, which is there from the first opening on. @throws as `BackgroundSession.open` */
  async open(identifier: string, options: PageOptions = {}): Promise<BackgroundSession> {
    this.#check();
    this.#page ??= this.#browser.open("page");
    setOuterRealm(this.#page);
    const registration = this.#worker.registration as ServiceWorkerRegistration;
    const session = await this.#during(
      this.#page.run(() => Sessions.open(identifier, { ...options, serviceWorker: registration })),
    );
    this.#opened.set(identifier, options);
    await this.settled();
    return session;
  }

  /**
   * Answers the request of a task to its end. The task runs by the retry policy of the library: a 503 is tried again.
   * @param body its content; of a task that has had `progress`, the rest of it
   * @throws Error if no request of the task waits
   */
  async finish(task: BackgroundTask, response: TestResponse = 200, body?: BodyInit | null): Promise<void> {
    const exchange = await this.#exchangeOf(task, "finish");
    await exchange.finish(response, body);
    await this.settled();
  }

  /**
   * Breaks the connection of a task. With a code, the task ends with that error; otherwise the library tries again
   * after a while: `advance`.
   * @throws TypeError for a code that is none; Error if no request of the task waits
   */
  async fail(
    task: BackgroundTask,
    error: SessionErrorCode | Error = new TypeError("network error"),
  ): Promise<void> {
    if (!(error instanceof Error) && !ERROR_CODES.includes(error))
      throw new TypeError(`"${error}" is not a SessionErrorCode; pass one of them, or an Error.`);
    const exchange = await this.#exchangeOf(task, "fail");
    if (error instanceof Error) exchange.cut(error);
    else this.#network.fail(exchange, { code: error, message: `The test made the task fail: ${error}.` });
    await this.settled();
  }

  /**
   * Sends some bytes of the response, with status 200 if nothing was sent yet.
   * @param bytes how many (zeros), or which
   * @param totalBytes the length of the whole body, @default not known
   * @throws Error if no request of the task waits
   */
  async progress(
    task: BackgroundTask,
    bytes: number | Uint8Array<ArrayBuffer>,
    totalBytes?: number,
  ): Promise<void> {
    const exchange = await this.#exchangeOf(task, "progress");
    exchange.progress(bytes, totalBytes);
    await this.settled();
  }

  /** Kills the page, and lets the browser wake the worker, which launches the app if it owes it events. */
  async relaunch(): Promise<void> {
    this.#check();
    this.#killPage();
    this.#worker.stop();
    this.#worker.wake();
    await this.settled();
  }

  /** Kills the page without a word, as a crash does. The worker goes on. */
  async killPage(): Promise<void> {
    this.#check();
    this.#killPage();
    await this.#flush();
  }

  /**
   * Kills the page, and opens its sessions in a new one as they were opened before.
   * @returns the new sessions by identifier; those of the old page are dead
   */
  async reload(): Promise<ReadonlyMap<string, BackgroundSession>> {
    this.#check();
    if (this.#opened.size === 0) throw new Error("There is nothing to reload: call world.open() first.");
    this.#killPage();
    const sessions = new Map<string, BackgroundSession>();
    for (const [identifier, options] of this.#opened)
      sessions.set(identifier, await this.open(identifier, options));
    return sessions;
  }

  /** Lets time pass. @throws TypeError unless `ms` is a number from 0 on */
  async advance(ms: number): Promise<void> {
    this.#check();
    if (!(Number.isFinite(ms) && ms >= 0)) throw new TypeError("ms must be a number from 0 on.");
    await this.#clock.advance(ms, () => this.#flush());
    await this.settled();
  }

  /**
   * Fulfils when what the page is owed was delivered, and nothing more happens without the test. For this, the clock
   * may advance by up to 3 s: notices come at most ten times a second.
   */
  async settled(): Promise<void> {
    this.#check();
    for (let step = 0; step < 30; step += 1) {
      await this.#clock.advance(100, () => this.#flush());
      if (step >= 3 && !(await this.#isOwed())) return;
    }
  }

  /** Ends the world, and gives back the timers and the other globals. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#killPage();
    this.#worker.stop();
    await this.#flush();
    this.#isClosed = true;
    this.#browser.isClosed = true;
    this.#disk.close();
    this.#browser.uninstall();
    this.#clock.uninstall();
    current = undefined;
  }

  #killPage(): void {
    if (this.#page !== undefined) this.#browser.kill(this.#page);
    this.#page = undefined;
    setOuterRealm(undefined);
  }

  async #isOwed(): Promise<boolean> {
    if (this.#page === undefined) return false;
    const owed = await Promise.all(
      [...this.#opened.keys()].map((name) => readEvents(this.#disk, name, 0, 1)),
    );
    return owed.some(({ length }) => length > 0);
  }

  async #exchangeOf(task: BackgroundTask, what: string): Promise<Exchange> {
    this.#check();
    const sessions = [...this.#opened.keys()];
    for (let step = 0; step < 10; step += 1) {
      for (const session of sessions) {
        const found = this.#network.pending(session, task.id);
        if (found !== undefined) return found;
      }
      await this.#clock.advance(100, () => this.#flush());
    }
    throw new Error(
      `world.${what}(): no request of the task "${task.id}" waits for an answer. Its state is ${task.state}, its ` +
        `activity ${task.activity}. Did the app call resume()? If it waits to try again, call world.advance(ms).`,
    );
  }

  /** Lets time pass until a promise of the library settles. */
  async #during<Value>(promise: Promise<Value>): Promise<Value> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    promise.then(over, over);
    for (let step = 0; step < 600 && !isOver; step += 1)
      await this.#clock.advance(step < 3 ? 0 : 100, () => this.#flush());
    if (!isOver) throw new Error("The session did not open within a minute of the world's clock.");
    return promise;
  }

  /** Lets everything happen that waits for no timer: the disk, locks and messages take turns of the event loop. */
  async #flush(): Promise<void> {
    for (let turn = 0; turn < 40; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  #check(): void {
    if (this.#isClosed)
      throw new Error("This test world is closed; make one for each test: createTestWorld().");
  }
}
