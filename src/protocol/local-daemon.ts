import type { Answer, Command } from "./commands.ts";

/** A daemon in the same realm, for sessions that are opened inside the service worker. */
export interface LocalDaemon {
  readonly scope: string;
  request(command: Command): Promise<Answer>;
  /** The sessions that this realm owns. */
  readonly owned: Set<string>;
  /** Returns the background launch of a session that is in progress. */
  launchOf(session: string): Launch | undefined;
}

/** A background launch, as seen by the session that the app opens in it. */
export interface Launch {
  /** Fulfils when the promise of `handleEventsForBackgroundSession` has settled; events come only then (L2). */
  readonly handled: Promise<void>;
  /** Reports the session that the app opened. */
  opened(session: LaunchedSession): void;
  /** Reports that the session was closed by itself. */
  closed(session: LaunchedSession): void;
  /** Reports that a window owns the session, so that nothing is left to do here. */
  gaveWay(): void;
}

/** A session that was opened in a background launch. */
export interface LaunchedSession {
  /** Invalidates it at once. Fulfils, when it is released, with the last event in the outbox that it offered. */
  end(): Promise<number>;
}
