import type { Launch, LaunchedSession } from "../protocol/local-daemon.ts";

/** What the app is launched with: its own function out of the options of `startDaemon`. */
export type HandleEvents = (identifier: string, completionHandler: () => void) => unknown;

/** How a launch ended. */
export type LaunchEnd =
  /** The app called the completion handler; its sessions had offered the events up to this place. */
  | { readonly kind: "handled"; readonly offeredUpTo: number }
  /** A window has the session. */
  | { readonly kind: "gave-way" };

/** One launch of the app for the events of one session, from the call of its function to that of the handler. */
export class ActiveLaunch implements Launch {
  readonly handled: Promise<void>;
  readonly #sessions = new Set<LaunchedSession>();
  readonly #end: Promise<LaunchEnd>;
  #settle: (end: LaunchEnd | Promise<LaunchEnd>) => void = () => {};
  #fail: (error: unknown) => void = () => {};
  #isOver = false;

  constructor(identifier: string, handleEvents: HandleEvents, limitMs: number) {
    this.#end = new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
    });
    const timer = setTimeout(() => this.#giveUp(NEVER_CALLED), limitMs);
    this.#end.catch(() => {}).finally(() => clearTimeout(timer));
    const handling = callOf(() => handleEvents(identifier, () => this.#complete()));
    this.handled = handling.then(
      () => {},
      (error: unknown) => this.#giveUp(error),
    );
  }

  /** Fulfils with how it ended; rejects when the app failed, or never called the completion handler. */
  get end(): Promise<LaunchEnd> {
    return this.#end;
  }

  opened(session: LaunchedSession): void {
    this.#sessions.add(session);
    // It was given up while the app was opening it.
    if (this.#isOver) void session.end();
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
      this.#endSessions().then((places) => ({ kind: "handled", offeredUpTo: Math.max(0, ...places) })),
    );
  }

  #giveUp(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#endSessions().then(() => this.#fail(error));
  }

  #endSessions(): Promise<number[]> {
    return Promise.all([...this.#sessions].map((session) => session.end()));
  }
}

const NEVER_CALLED = new Error("The app did not call its completion handler in time.");

async function callOf(call: () => unknown): Promise<void> {
  await call();
}
