import type { FetchOffer, FetchStart } from "../../protocol/background-fetch.ts";
import type { AttemptMetrics } from "../../protocol/metrics.ts";
import type { Notice } from "../../protocol/notices.ts";
import type { Database } from "../../store/database.ts";
import type { LogEntry } from "../log.ts";
import type { BrowserFetches } from "./browser-fetches.ts";
import type { TaskNotification } from "./task-notification.ts";
import type { TransportHost } from "./transport.ts";

export type IsPage = (client: string) => boolean;

/**
 * Everything the daemon needs of the world around it. A service worker is one such world, see `worker-host.ts`; a worker
 * that a page has started is another, see `page-host.ts`.
 */
export interface DaemonHost extends TransportHost {
  readonly database: Database;
  /** 0 to 1. */
  random(): number;
  isExpensive(): boolean | undefined;
  isConstrained(): boolean | undefined;
  /** Whether the server of `url` was reached over HTTP/2 or later; undefined if that is not known. */
  isMultiplexed(url: string): boolean | undefined;
  /** Returns how the last request for `url` was sent; undefined if that is not known. */
  connectionTo(url: string): Pick<AttemptMetrics, "protocol" | "isReused"> | undefined;
  broadcast(notice: Notice): void;
  /**
   * Asks every page whether it is there; pages of other apps do not answer.
   * @param isPage says whether a client is known to be a page of this app
   * @returns how many windows may be pages of this app
   */
  askForPresence(isPage: IsPage): Promise<number>;
  /** Whether any realm holds the lock of a session's owner, alive or frozen. */
  isOwnerLocked(session: string): Promise<boolean>;
  /**
   * Runs `body` while it holds the lock of the scope's daemon; waits for the lock as long as it takes. `lost` is aborted
   * when another worker has stolen the lock.
   */
  exclusively(body: (lost: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void>;
  /** The browser's own transfers. */
  readonly fetches: BrowserFetches;
  /** Whether the user and the browser allow pages to start a background fetch. */
  isFetchAllowed(): Promise<boolean>;
  /** Asks the pages of this app, one after the other, to start a background fetch until one does. */
  startFetch(offer: FetchOffer, isPage: IsPage): Promise<FetchStart>;
  /** Whether a page in the scope is visible. */
  isLookedAt(): Promise<boolean>;
  /** Shows a notification. Rejects if the user has not allowed it. */
  notify(notification: TaskNotification): Promise<void>;
  /** Lists the notifications that are shown. */
  shown(): Promise<readonly { readonly tag: string; readonly data: unknown }[]>;
  /** Removes the notification with this tag, if it is shown. */
  hide(tag: string): Promise<void>;
  log(entry: LogEntry): void;
  /** Reports an error of the app's code as the platform reports uncaught ones. */
  reportError(error: unknown): void;
}
