import { isRecord, isShortString } from "./checks.ts";
import type { RequestRecord } from "./request-record.ts";

/**
 * Stands for the bytes of a failed download that are still on disk. Opaque: store it (it is plain data) and give it
 * to `downloadTask({ resumeData })`. The bytes are kept for the session's retention time.
 */
export interface ResumeData {
  readonly version: 1;
  readonly session: string;
  readonly key: string;
  readonly request: RequestRecord;
}

export function isResumeData(value: unknown): value is ResumeData {
  if (!isRecord(value) || value.version !== 1 || !isRecord(value.request)) return false;
  const { url, method, headers } = value.request;
  const isDownload = URL.canParse(String(url)) && method === "GET" && isRecord(headers);
  return isShortString(value.session) && isShortString(value.key) && isDownload;
}
