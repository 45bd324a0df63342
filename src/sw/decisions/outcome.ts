import type { Failure, SessionErrorCode } from "../../protocol/session-error.ts";
import type { FileRow, ResponseRow } from "../../store/schema.ts";

/** What became of one run of a transport. It writes nothing but bytes; this is how the row learns the rest. */
export type Outcome =
  | {
      readonly kind: "finished";
      readonly response: ResponseRow;
      readonly file: FileRow | undefined;
      readonly bytesReceived: number;
    }
  /** No answer came. */
  | {
      readonly kind: "unanswered";
      readonly message: string;
      /** The host answers requests that need no permission. */
      readonly isSuspectedBlock?: boolean;
      /** It is the address that a redirect leads to that may not be read. */
      readonly isRedirected?: boolean;
    }
  /** An answer came and broke off. */
  | {
      readonly kind: "interrupted";
      readonly message: string;
      readonly hasProgressed: boolean;
      readonly isEager?: boolean;
    }
  /** The server asked for another try later: 503 and the like. */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly retryAfterMs: number;
      readonly hasProgressed?: boolean;
    }
  /** An answer makes no sense; what is there stays, and the server is asked again. */
  | {
      readonly kind: "unusable";
      readonly reason: string;
      readonly hasProgressed: boolean;
      /** @default "bad-response" */
      readonly code?: SessionErrorCode;
    }
  /** The answer or the bytes on disk were of no use: from 0, in a new file. */
  | { readonly kind: "restart"; readonly reason: string; readonly isUnranged: boolean }
  /** It did not go out, or was answered with a status that the task waits at: it needs authorization (U5). */
  | {
      readonly kind: "withheld";
      readonly status?: number;
      readonly asksAgain: boolean;
      /** To bytes of a resumable upload, which need not be sent again if the server has them. */
      readonly answer?: ResponseRow;
    }
  /** Background Fetch did not bring it: the worker goes on, and no other one is made for it where that is of no use. */
  | { readonly kind: "turned-back"; readonly reason: string; readonly isForGood: boolean }
  /** Final; the answer that shows it is kept, if there is one. A fault of ours has a stack, which is logged. */
  | {
      readonly kind: "failed";
      readonly failure: Failure;
      readonly response?: ResponseRow;
      readonly stack?: string;
    }
  /** We stopped it: suspended, cancelled, or a newer daemon takes over. */
  | { readonly kind: "stopped" };
