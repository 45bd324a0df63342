import type { Failure, SessionErrorCode } from "../../protocol/session-error.ts";
import type { ResponseHead } from "../../protocol/task-info.ts";
import type { FileRow, ResponseRow } from "../../store/schema.ts";

/** What became of one run of a transport. A run writes only bytes; the row learns the rest from this. */
export type Outcome =
  | {
      readonly kind: "finished";
      readonly response: ResponseRow;
      readonly file: FileRow | undefined;
      readonly bytesReceived: number;
      /** All bytes of `file`, which are so few that they are stored with the outcome; undefined if they are on disk. */
      readonly bytes?: ArrayBuffer;
    }
  /** No answer came. */
  | {
      readonly kind: "unanswered";
      readonly message: string;
      /** The host answers requests that need no permission. */
      readonly isSuspectedBlock?: boolean;
      /** What may not be read is the target of a redirect. */
      readonly isRedirected?: boolean;
    }
  /** An answer began and broke off. */
  | {
      readonly kind: "interrupted";
      readonly message: string;
      readonly hasProgressed: boolean;
      readonly isEager?: boolean;
    }
  /** The server asked for another try later, e.g. with 503. */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly retryAfterMs: number;
      readonly hasProgressed?: boolean;
    }
  /** The answer is invalid; the bytes stay, and the server is asked again. */
  | {
      readonly kind: "unusable";
      readonly reason: string;
      readonly hasProgressed: boolean;
      /** @default "bad-response" */
      readonly code?: SessionErrorCode;
    }
  /** The answer or the bytes on disk are of no use: start again from 0, in a new file. */
  | {
      readonly kind: "restart";
      readonly reason: string;
      readonly isUnranged: boolean;
      /** The file must not be fetched in several ranges again. */
      readonly isUnsplit?: true;
    }
  /** It was not sent, or answered with a status about which the app is asked or waited for (U5). */
  | {
      readonly kind: "withheld";
      readonly status?: number;
      readonly asksAgain: boolean;
      /** The answer to bytes of a resumable upload, which need not be sent again if the server has them. */
      readonly answer?: ResponseRow;
      /** The delegate is asked what to do about this answer. */
      readonly challenge?: ResponseHead;
    }
  /** Background Fetch failed: the worker continues. `isForGood`: Background Fetch is not tried again. */
  | { readonly kind: "turned-back"; readonly reason: string; readonly isForGood: boolean }
  /** Final. The answer that shows it is kept, if any. A bug of ours has a stack, which is logged. */
  | {
      readonly kind: "failed";
      readonly failure: Failure;
      readonly response?: ResponseRow;
      readonly stack?: string;
      /** What was received is deleted with it. */
      readonly dropsBytes?: true;
    }
  /** We stopped it: suspended, cancelled, or a newer daemon takes over. */
  | { readonly kind: "stopped" };
