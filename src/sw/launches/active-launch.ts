import type { Launch, LaunchedSession } from "../../protocol/local-daemon.ts";

/** What the app is launched with: its own function out of the options of `startDaemon`. */
export type HandleEvents = (identifier: string, completionHandler: () => void) => unknown;

/** How a launch ended. */
export type LaunchEnd =
  /** The app called the completion handler; what it opened, if anything, had offered the events up to this place. */
  | { readonly kind: "handled"; readonly offeredUpTo: number | undefined }
  /** A window has the session. */
  | { readonly kind: "gave-way" };

export interface LaunchOptions {
  readonly handleEvents: HandleEvents;
  readonly limitMs: number;
  /** The app's function threw, or never called the handler. */
  readonly onError: (error: unknown) => void;
}

/** One launch of the app for the events of one session, from the call of its function to that of the handler. */
export class ActiveLaunch implements Launch {
  readonly handled: Promise<void>;
  readonly #sessions = new Set<LaunchedSession>();
  /** Those of them that have not been closed. */
  readonly #open = new Set<LaunchedSession>();
  readonly #end: Promise<LaunchEnd>;
  #settle: (end: LaunchEnd | Promise<LaunchEnd>) => void = () => {};
  #fail: (error: unknown) => void = () => {};
  readonly #onError: (error: unknown) => void;
  #isOver = false;

  constructor(identifier: string, { handleEvents, limitMs, onError }: LaunchOptions) {
    this.#onError = onError;
    this.#end = new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
    });
    const timer = setTimeout(() => this.#failed(new Error(NEVER_CALLED)), limitMs);
    this.#end.catch(() => {}).finally(() => clearTimeout(timer));
    this.handled = callOf(() => handleEvents(identifier, () => this.#complete())).catch((error) =>
      this.#failed(error),
    );
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Fulfils with how it ended; rejects when the app failed, or never called the completion handler. */
  get end(): Promise<LaunchEnd> {
    return this.#end;
  }

  opened(session: LaunchedSession): void {
    this.#sessions.add(session);
    this.#open.add(session);
    // It was given up while the app was opening it.
    if (this.#isOver) void session.end();
  }

  /** If an app has closed all that it opened, nothing more can be expected of it but that it calls the handler. */
  async closed(session: LaunchedSession): Promise<void> {
    this.#open.delete(session);
    await this.handled;
    await new Promise((resolve) => setTimeout(resolve, CLOSED_MS));
    if (this.#open.size === 0 && !this.#isOver) this.#failed(new Error(CLOSED));
  }

  gaveWay(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settle({ kind: "gave-way" });
  }

  /** Ends it without waiting for the app. Fulfils when what it opened has let go. */
  async abandon(): Promise<void> {
    this.#giveUp(new Error("The daemon stops."));
    await this.#endSessions();
  }

  /** The app is done: whatever it opened is invalid from here on (L4). */
  #complete(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settle(
      this.#endSessions().then((places) => ({
        kind: "handled",
        offeredUpTo: places.length === 0 ? undefined : Math.max(...places),
      })),
    );
  }

  #failed(error: unknown): void {
    this.#onError(error);
    this.#giveUp(error);
  }

  #giveUp(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#endSessions().then(() => this.#fail(error));
  }

  /** One that cannot be ended in good order has offered nothing. */
  #endSessions(): Promise<number[]> {
    const end = (session: LaunchedSession): Promise<number> =>
      session.end().catch((error: unknown) => {
        this.#onError(error);
        return 0;
      });
    return Promise.all([...this.#sessions].map(end));
  }
}

const CLOSED_MS = 10_000;

const CLOSED =
  "The app closed the session of its background launch and did not call the completion handler: it is launched again.";
const NEVER_CALLED = "The app did not call the completion handler of its background launch in time.";

async function callOf(call: () => unknown): Promise<void> {
  await call();
}
