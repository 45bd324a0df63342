import type { ResumeData } from "./resume-data.ts";

/** Every reason for which a session, a task or an opening can fail. Closed: a new one is a new minor version. */
export const ERROR_CODES = [
  "session-in-use",
  "session-taken-over",
  "session-invalidated",
  "daemon-missing",
  "daemon-outdated",
  "page-outdated",
  "unsupported-url",
  "blocked",
  "cancelled",
  "user-cancelled",
  "timed-out",
  "network-lost",
  "bad-response",
  "bad-message",
  "resume-data-invalid",
  "integrity-mismatch",
  "storage-full",
  "storage-lost",
  "file-missing",
  "transport-unavailable",
  "expired",
  /** A fault in the daemon that nobody expected: its log has the stack, and a report of it is welcome. */
  "internal",
] as const;

export type SessionErrorCode = (typeof ERROR_CODES)[number];

/** A failure as it lies on disk and travels in messages: plain data. */
export interface Failure {
  readonly code: SessionErrorCode;
  readonly message: string;
}

export interface SessionErrorOptions {
  /** What it was caused by. */
  cause?: unknown;
  /** The session it is about. */
  identifier?: string;
  /** The `id` of the task it is about. */
  taskId?: string;
  /** What can still be gone on from. */
  resumeData?: ResumeData;
}

/**
 * The one error class of the library. `code` is stable and meant for programs; `message` says what failed, why,
 * and what to do about it. Misuse of the API is a `TypeError` instead and is thrown at the call.
 */
export class SessionError extends Error {
  override readonly name = "SessionError";
  readonly code: SessionErrorCode;
  /** Identifier of the session it is about, where there is one. */
  readonly identifier: string | undefined;
  /** `id` of the task it is about, where there is one. */
  readonly taskId: string | undefined;
  /** Goes on from the bytes that are still on disk, where there are any: `downloadTask({ resumeData })`. */
  readonly resumeData: ResumeData | undefined;

  constructor(code: SessionErrorCode, message: string, options: SessionErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.identifier = options.identifier;
    this.taskId = options.taskId;
    this.resumeData = options.resumeData;
  }

  static from(failure: Failure, options: SessionErrorOptions = {}): SessionError {
    return new SessionError(failure.code, failure.message, options);
  }
}

export function failureOf(error: SessionError): Failure {
  return { code: error.code, message: error.message };
}
