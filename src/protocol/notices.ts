import type { FetchOffer } from "./background-fetch.ts";
import type { TaskInfo } from "./task-info.ts";

/** What the daemon tells every realm of the scope, on one broadcast channel. */
export type Notice =
  /** These tasks changed; at most ten such notices a second and session. */
  | { readonly type: "tasks"; readonly session: string; readonly tasks: readonly TaskInfo[] }
  /** A download goes on from stored bytes. */
  | { readonly type: "resumed"; readonly session: string; readonly key: string; readonly offset: number }
  /** New durable events lie in the outbox. */
  | { readonly type: "events"; readonly session: string }
  /** What a page starts as a background fetch when it leaves, being the last; absent where there is nothing to start. */
  | { readonly type: "fetch-offer"; readonly offer: FetchOffer | undefined }
  | { readonly type: "session-deleted"; readonly session: string }
  /** A daemon started: whoever waited for an answer of the old one asks again. */
  | { readonly type: "daemon-started" };

/**
 * The question the daemon asks its clients every ten seconds; `presence` is the answer (W2). A daemon that is no service
 * worker has no clients, and broadcasts it.
 */
export interface PresenceQuestion {
  readonly backgroundSession: "are-you-there";
}

export const PRESENCE_QUESTION: PresenceQuestion = { backgroundSession: "are-you-there" };
