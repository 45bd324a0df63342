import { isRecord, isShortString } from "./checks.ts";
import type { RequestRecord } from "./request-record.ts";
import { fits, oneOf, optional } from "./shape.ts";
import type { UploadProtocolName } from "./upload-protocol.ts";

/**
 * Refers to what is still on disk of a failed or cancelled task: the bytes of a download, or the body of an upload and
 * how much of it the server has. Opaque plain data that the app may store; it can be passed once to
 * `downloadTask({ resumeData })` or `uploadTask({ resumeData })`. The bytes are kept for the session's retention time.
 */
export interface ResumeData {
  readonly version: 1;
  /** The identifier of the session that takes it; another one throws a `TypeError`. */
  readonly session: string;
  /** Names the task on disk. */
  readonly key: string;
  /** The request that continues, without its body. */
  readonly request: RequestRecord;
  /** Absent for a download. */
  readonly kind?: "upload";
  /** How the upload is sent; absent if it is sent in one request. */
  readonly protocol?: UploadProtocolName;
}

export function isResumeData(value: unknown): value is ResumeData {
  const method = isRecord(value) && value.kind === undefined ? oneOf("GET") : "";
  return fits(value, {
    version: oneOf(1),
    session: isShortString,
    key: isShortString,
    request: { url: (url) => URL.canParse(String(url)), method, headers: isRecord },
    kind: oneOf(undefined, "upload"),
    protocol: optional(isShortString),
  });
}
