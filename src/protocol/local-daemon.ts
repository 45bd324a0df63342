import type { Answer, Command } from "./commands.ts";

/** A daemon in the same realm: how a session that is opened inside the service worker talks to it. */
export interface LocalDaemon {
  readonly scope: string;
  request(command: Command): Promise<Answer>;
  /** The sessions that this realm owns. */
  readonly owned: Set<string>;
  /** Returns the background launch of a session that is under way. */
  launchOf(session: string): Launch | undefined;
}

/** A background launch, as the session that the app opens in it sees it. */
export interface Launch {
  /** Fulfils when the promise of `handleEventsForBackgroundSession` has settled: no message comes before (L2). */
  readonly handled: Promise<void>;
  /** This is what the app opened. */
  opened(session: LaunchedSession): void;
  /** It has let go by itself. */
  closed(session: LaunchedSession): void;
  /** A window has the session, so that there is nothing left to be done here. */
  gaveWay(): void;
}

/** A session that was opened in a background launch. */
export interface LaunchedSession {
  /** Invalidates it at once. Fulfils, when it has let go, with the place in the outbox up to which it offered. */
  end(): Promise<number>;
}
