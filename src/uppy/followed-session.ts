import { BackgroundSession, type SessionError, type SessionSnapshot } from "../app/index.ts";
import { sessionOf } from "./session-of.ts";

export interface FollowedSessionOptions {
  readonly given: BackgroundSession | Promise<BackgroundSession> | string;
  /** How a session is that is open: called at once, and after changes. */
  readonly onSnapshot: (session: BackgroundSession, snapshot: SessionSnapshot) => void;
  /** Called when a session was shown for the first time. @returns what lets go of it */
  readonly onOpen: (session: BackgroundSession) => () => void;
  /** It is over, and there is no other yet. @param error why, if it was not closed */
  readonly onOver: (identifier: string, error: SessionError | undefined) => void;
  readonly onFailure: (error: Error) => void;
}

/**
 * The session that does the uploads. If it is over while the page lives, the next one of its name in this page takes its
 * place. If another tab took it over, this page opens an observer until then: the app may want to be the one that opens it.
 */
export class FollowedSession {
  readonly #options: FollowedSessionOptions;
  #session: Promise<BackgroundSession> | undefined;
  #followed: BackgroundSession | undefined;
  #observer: BackgroundSession | undefined;
  #stops: (() => void)[] = [];

  constructor(options: FollowedSessionOptions) {
    this.#options = options;
  }

  /** Returns the session, also if it is over and there is no other. If it could not be opened, this opens it again. */
  get(): Promise<BackgroundSession> {
    return this.#session ?? this.#take(sessionOf(this.#options.given));
  }

  start(): void {
    globalThis.addEventListener?.("backgroundsessionopen", this.#look);
    this.get().catch(() => {});
  }

  stop(): void {
    globalThis.removeEventListener?.("backgroundsessionopen", this.#look);
    this.#session = undefined;
    this.#leave();
  }

  #take(opening: Promise<BackgroundSession>): Promise<BackgroundSession> {
    this.#session = opening;
    opening.then(
      (session) => {
        if (this.#session === opening) this.#follow(session);
        else if (session === this.#observer) void session.close();
      },
      (error) => {
        if (this.#session === opening) this.#session = undefined;
        this.#options.onFailure(error);
      },
    );
    return opening;
  }

  #leave(): void {
    for (const stop of this.#stops.splice(0)) stop();
    if (this.#followed === this.#observer) void this.#observer?.close();
    this.#followed = undefined;
  }

  #follow(session: BackgroundSession): void {
    const { onSnapshot, onOpen } = this.#options;
    let isOver = false;
    this.#leave();
    this.#followed = session;
    this.#stops.push(
      session.subscribe((snapshot) => {
        if (snapshot.isOpen) return onSnapshot(session, snapshot);
        if (!isOver) void this.#replace(session, snapshot.error);
        isOver = true;
      }),
    );
    if (!isOver) this.#stops.push(onOpen(session));
  }

  async #replace(session: BackgroundSession, error: SessionError | undefined): Promise<void> {
    // What it was given is on disk then.
    await session.close();
    if (this.#followed !== session) return;
    const { identifier } = session;
    const { given, onOver } = this.#options;
    if (BackgroundSession.current(identifier) !== undefined) return this.#look();
    if (error?.code !== "session-taken-over") return onOver(identifier, error);
    const isNamed = typeof given === "string";
    const opening = BackgroundSession.open(identifier, isNamed ? {} : { role: "observer" });
    if (!isNamed)
      opening.then(
        (observer) => {
          this.#observer = observer;
        },
        () => {},
      );
    this.#take(opening).catch(() => {});
  }

  /** The page has opened a session. */
  readonly #look = (): void => {
    const { given } = this.#options;
    const followed = this.#followed;
    const name = followed?.identifier ?? (typeof given === "string" ? given : "");
    const current = BackgroundSession.current(name);
    if (current === undefined || current === followed) return;
    if (followed === this.#observer || !followed?.getSnapshot().isOpen) this.#take(Promise.resolve(current));
  };
}
