import { type FetchOffer, isFetchOffer } from "./background-fetch.ts";
import { isRecord } from "./checks.ts";
import { ANY_NUMBER, fits, oneOf, optional } from "./shape.ts";
import type { TaskInfo } from "./task-info.ts";
import { TASK_STATES } from "./task-state.ts";

/** What the daemon tells every realm of the scope, on one broadcast channel. */
export type Notice =
  /** These tasks changed; at most ten such notices a second and session, about progress as few as the session wants. */
  | { readonly type: "tasks"; readonly session: string; readonly tasks: readonly TaskInfo[] }
  /** A download continues from stored bytes. */
  | { readonly type: "resumed"; readonly session: string; readonly key: string; readonly offset: number }
  /** New durable events are in the outbox. */
  | { readonly type: "events"; readonly session: string }
  /** What the last page starts as a background fetch when it leaves; undefined if there is nothing to start. */
  | { readonly type: "fetch-offer"; readonly offer: FetchOffer | undefined }
  | { readonly type: "session-deleted"; readonly session: string }
  /** A daemon started: pages that wait for an answer of the old one ask again. */
  | { readonly type: "daemon-started" };

/**
 * Whether a message has what a page needs of a notice: any script of the origin may post on the channel, and a newer
 * daemon may post what this page does not know.
 */
export function isNotice(data: unknown): data is Notice {
  if (!isRecord(data)) return false;
  const { type, session, tasks, offer } = data;
  if (type === "daemon-started") return true;
  if (type === "fetch-offer") return offer === undefined || isFetchOffer(offer);
  if (typeof session !== "string") return false;
  if (type === "tasks") return fits(tasks, [{ ...TASK_INFO, session: oneOf(session) }]);
  if (type === "resumed") return fits(data, { key: "", offset: ANY_NUMBER });
  return type === "events" || type === "session-deleted";
}

const TASK_INFO = {
  key: "",
  id: "",
  state: oneOf(...TASK_STATES),
  request: isRecord,
  response: optional(isRecord),
  failure: optional(isRecord),
  bytesReceived: ANY_NUMBER,
  bytesSent: ANY_NUMBER,
};

/**
 * The question that the daemon asks its clients every ten seconds; `presence` is the answer (W2). A daemon that is not a
 * service worker has no clients, and broadcasts it.
 */
export interface PresenceQuestion {
  readonly backgroundSession: "are-you-there";
}

export const PRESENCE_QUESTION: PresenceQuestion = { backgroundSession: "are-you-there" };
