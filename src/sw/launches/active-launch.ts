import { pause } from "../../async/pause.ts";
import type { Launch, LaunchedSession } from "../../protocol/local-daemon.ts";

/** The app's function that handles a background launch, from the options of `startDaemon`. */
export type HandleEvents = (identifier: string, completionHandler: () => void) => unknown;

/** How a launch ended. */
export type LaunchEnd =
  /** The app called the completion handler. Its sessions, if any, had offered the events up to this place. */
  | { readonly kind: "handled"; readonly offeredUpTo: number | undefined }
  /** A page has the session. */
  | { readonly kind: "gave-way" };

export interface LaunchOptions {
  readonly handleEvents: HandleEvents;
  readonly limitMs: number;
  /** The app's function threw, or never called the handler. */
  readonly onError: (error: unknown) => void;
}

/** One launch of the app for the events of one session: from the call of its function until it calls the handler. */
export class ActiveLaunch implements Launch {
  readonly handled: Promise<void>;
  readonly #sessions = new Set<LaunchedSession>();
  /** The sessions that have not been closed. */
  readonly #open = new Set<LaunchedSession>();
  /** Fulfils with how it ended; rejects when the app failed, or never called the completion handler. */
  readonly end: Promise<LaunchEnd>;
  #settle: (end: Promise<LaunchEnd>) => void = () => {};
  readonly #onError: (error: unknown) => void;
  #isOver = false;

  constructor(identifier: string, { handleEvents, limitMs, onError }: LaunchOptions) {
    this.#onError = onError;
    this.end = new Promise((resolve) => {
      this.#settle = resolve;
    });
    const timer = setTimeout(() => this.#fail(new Error(NEVER_CALLED)), limitMs);
    this.end.catch(() => {}).finally(() => clearTimeout(timer));
    this.handled = callOf(() => handleEvents(identifier, () => this.#complete())).catch((error) =>
      this.#fail(error),
    );
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  opened(session: LaunchedSession): void {
    this.#sessions.add(session);
    this.#open.add(session);
    // The launch was given up while the app was opening the session.
    if (this.#isOver) void session.end();
  }

  /** If the app has closed all its sessions, it must call the handler soon. */
  async closed(session: LaunchedSession): Promise<void> {
    this.#open.delete(session);
    await this.handled;
    await pause(CLOSED_MS);
    if (this.#open.size === 0 && !this.#isOver) this.#fail(new Error(CLOSED));
  }

  gaveWay(): void {
    this.#finish(async () => ({ kind: "gave-way" }));
  }

  /** Ends the launch without waiting for the app. Fulfils when its sessions have ended. */
  async abandon(): Promise<void> {
    this.#giveUp(new Error("The daemon stops."));
    await this.#endSessions();
  }

  /** The app is done: its sessions are invalid from here on (L4). */
  #complete(): void {
    this.#finish(async () => {
      const places = await this.#endSessions();
      return { kind: "handled", offeredUpTo: places.length === 0 ? undefined : Math.max(...places) };
    });
  }

  #fail(error: unknown): void {
    this.#onError(error);
    this.#giveUp(error);
  }

  #giveUp(error: unknown): void {
    this.#finish(async () => {
      await this.#endSessions();
      throw error;
    });
  }

  #finish(end: () => Promise<LaunchEnd>): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settle(end());
  }

  /** A session that cannot be ended in good order has offered nothing. */
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
