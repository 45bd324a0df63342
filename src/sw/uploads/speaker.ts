import { isAbsent } from "./reply.ts";

/** What the server has of an upload, as it says itself. */
export type Found = "whole" | "gone";

/** What was said to the last chunk. */
export interface Said {
  readonly status: number;
  /** Right before the server was asked what it has: nothing else can have happened to the upload in between. */
  readonly isFresh: boolean;
  /** It may be about bytes that the server had got before. */
  readonly isEcho?: boolean;
}

/** Who gave an answer: the app, after it had the whole; the protocol; or a server that the upload was not made on. */
export type Speaker = "app" | "protocol" | "stranger";

/**
 * Says who refused the last chunk. The status does not tell, since an app's finish hook, the protocol and a proxy use
 * the same ones; what the server has of the upload afterwards does:
 *
 *     it has     and said                         so it was
 *     the whole  anything                         the app: it was called when the whole was there
 *                409, 423 to a repeated chunk     the protocol: the answer to the first one was lost
 *     nothing    404, 410 to a new upload         a stranger: the address is not that of the upload
 *                404, 410                         the app, which took the upload away
 *                anything else, right before      the app, which took the upload away
 *                anything else, or nothing        the protocol: the upload has expired
 */
export function speakerOf(found: Found, said: Said | undefined, isNew = false): Speaker {
  const isSilent = said === undefined || isAbsent(said.status);
  if (found === "gone" && isNew && isSilent) return "stranger";
  if (said === undefined || said.isEcho) return "protocol";
  return found === "whole" || said.isFresh || isSilent ? "app" : "protocol";
}
