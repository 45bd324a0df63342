import { isAbsent } from "./reply.ts";

/** What the server says that it has of an upload. */
export type Found = "whole" | "gone";

/** The answer to the last chunk. */
export interface LastAnswer {
  readonly status: number;
  /** It came right before the server was asked what it has: nothing happened to the upload in between. */
  readonly isFresh: boolean;
  /** It may be about bytes that the server already had. */
  readonly isEcho?: boolean;
}

/** The one that answered: the app, once it had the whole; the protocol; or a server that did not make the upload. */
export type Speaker = "app" | "protocol" | "stranger";

/**
 * Says who refused the last chunk. An app's finish hook, the protocol and a proxy use the same statuses, so what the
 * server has of the upload afterwards decides:
 *
 *     it has     and answered                     so it was
 *     the whole  anything                         the app: it was called when the whole was there
 *                409, 423 to a repeated chunk     the protocol: the first answer was lost
 *     nothing    404, 410 to a new upload         a stranger: the URL is not that of the upload
 *                404, 410                         the app, which removed the upload
 *                anything else, right before      the app, which removed the upload
 *                anything else, or nothing        the protocol: the upload has expired
 */
export function speakerOf(found: Found, answer: LastAnswer | undefined, isNew = false): Speaker {
  const isSilent = answer === undefined || isAbsent(answer.status);
  if (found === "gone" && isNew && isSilent) return "stranger";
  if (answer === undefined || answer.isEcho) return "protocol";
  return found === "whole" || answer.isFresh || isSilent ? "app" : "protocol";
}
