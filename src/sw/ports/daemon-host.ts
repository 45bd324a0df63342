import type { FetchOffer, FetchStart } from "../../protocol/background-fetch.ts";
import type { Notice } from "../../protocol/notices.ts";
import type { Database } from "../../store/database.ts";
import type { BackgroundFetches } from "../background-fetch/background-fetches.ts";
import type { TaskNotification } from "../launches/notifications.ts";
import type { LogEntry } from "../log.ts";
import type { TransportHost } from "./transport.ts";

export type IsPage = (client: string) => boolean;

/**
 * Everything the daemon asks of the world around it. A service worker is one such world, see `worker-host.ts`; a worker
 * that a page has started is another, see `page-host.ts`.
 */
export interface DaemonHost extends TransportHost {
  readonly database: Database;
  /** 0 to 1. */
  random(): number;
  isExpensive(): boolean | undefined;
  isConstrained(): boolean | undefined;
  /** Whether the server of `url` was reached over HTTP/2 or later; undefined where nobody can say. */
  isMultiplexed(url: string): boolean | undefined;
  broadcast(notice: Notice): void;
  /**
   * Asks every page whether it is there; those of other apps do not answer.
   * @param isPage says of a client whether it is known to be a page of this app
   * @returns how many of the windows may be pages of this app
   */
  askForPresence(isPage: IsPage): Promise<number>;
  /** Whether any realm holds the lock of a session's owner, alive or frozen. */
  isOwnerLocked(session: string): Promise<boolean>;
  /**
   * Runs `body` while it alone in the scope may run transfers; waits for that as long as it takes. `lost` is aborted when
   * another worker has taken that from it.
   */
  exclusively(body: (lost: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void>;
  /** The browser's own transfers. */
  readonly fetches: BackgroundFetches;
  /** Whether the user and the browser let pages start a background fetch. */
  isFetchAllowed(): Promise<boolean>;
  /** Has a page of this app start a background fetch: one after the other is asked until one does. */
  startFetch(offer: FetchOffer, isPage: IsPage): Promise<FetchStart>;
  /** Whether a page in the scope is visible. */
  isLookedAt(): Promise<boolean>;
  /** Tells the user. Rejects where the user has not allowed it. */
  notify(notification: TaskNotification): Promise<void>;
  log(entry: LogEntry): void;
  /** Reports an error of the app's code as the platform reports uncaught ones. */
  reportError(error: unknown): void;
}
