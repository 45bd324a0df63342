import { BackgroundSession, type SessionSnapshot } from "../app/index.ts";
import { sessionOf } from "./session-of.ts";

export interface FollowedSessionOptions {
  readonly given: BackgroundSession | Promise<BackgroundSession> | string;
  /** How a session is that is open: called at once, and after changes. */
  readonly onSnapshot: (session: BackgroundSession, snapshot: SessionSnapshot) => void;
  /** Called when a session was shown for the first time. @returns what lets go of it */
  readonly onOpen: (session: BackgroundSession) => () => void;
  /** There is no session, or it is over and no other takes its place. */
  readonly onLost: (error: Error) => void;
}

/**
 * The session that does the uploads. If it is over while the page lives, the next one of its name in this page takes its
 * place. If another tab took it over, this page opens an observer until then: the app may want to be the one that opens it.
 */
export class FollowedSession {
  readonly #options: FollowedSessionOptions;
  #session: Promise<BackgroundSession> | undefined;
  /** Fulfils when it is known whether another session takes the place of one that is over. */
  #replaced: Promise<void> = Promise.resolve();
  #followed: BackgroundSession | undefined;
  /** Whether it is an observer that was opened here. */
  #isOwn = false;
  #isStarted = false;
  readonly #stops: (() => void)[] = [];

  constructor(options: FollowedSessionOptions) {
    this.#options = options;
  }

  /**
   * Returns the session, also if it is over and no other takes its place. If it could not be opened, this opens it again.
   */
  async get(): Promise<BackgroundSession> {
    await this.#replaced;
    return this.#session ?? this.#take(sessionOf(this.#options.given), false);
  }

  start(): void {
    this.#isStarted = true;
    globalThis.addEventListener?.("backgroundsessionopen", this.#look);
    this.get().catch(() => {});
  }

  stop(): void {
    this.#isStarted = false;
    globalThis.removeEventListener?.("backgroundsessionopen", this.#look);
    this.#leave();
  }

  #take(opening: Promise<BackgroundSession>, isOwn: boolean): Promise<BackgroundSession> {
    this.#session = opening;
    opening.then(
      (session) => {
        if (this.#isStarted && this.#session === opening) this.#follow(session, isOwn);
        else if (isOwn) void session.close();
      },
      (error) => {
        if (this.#session === opening) this.#session = undefined;
        this.#options.onLost(error);
      },
    );
    return opening;
  }

  #leave(): void {
    for (const stop of this.#stops.splice(0)) stop();
    if (this.#isOwn) void this.#followed?.close();
    this.#followed = undefined;
  }

  #follow(session: BackgroundSession, isOwn: boolean): void {
    const { onSnapshot, onOpen } = this.#options;
    let isOver = false;
    this.#leave();
    this.#followed = session;
    this.#isOwn = isOwn;
    this.#stops.push(
      session.subscribe((snapshot) => {
        if (snapshot.isOpen) return onSnapshot(session, snapshot);
        if (!isOver) this.#replaced = this.#replace(session, snapshot);
        isOver = true;
      }),
    );
    if (!isOver) this.#stops.push(onOpen(session));
  }

  async #replace(session: BackgroundSession, { error }: SessionSnapshot): Promise<void> {
    const { identifier } = session;
    // What it was given is on disk then.
    await session.close();
    if (this.#followed !== session || BackgroundSession.current(identifier) !== undefined) return;
    if (error?.code === "session-taken-over")
      this.#take(BackgroundSession.open(identifier, { role: "observer" }), true).catch(() => {});
    else this.#options.onLost(error ?? new Error(`The session "${identifier}" was closed.`));
  }

  /** The page has opened a session. */
  readonly #look = (): void => {
    const followed = this.#followed;
    const current = followed && BackgroundSession.current(followed.identifier);
    if (current === undefined || current === followed) return;
    if (this.#isOwn || !followed?.getSnapshot().isOpen) this.#take(Promise.resolve(current), false);
  };
}
