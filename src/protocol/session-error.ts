import type { ResumeData } from "./resume-data.ts";

/** The reasons for which a session, a task or an opening can fail. A new one is a new minor version. */
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
  "destination-failed",
  "dependency-failed",
  "storage-full",
  "storage-lost",
  "file-missing",
  "transport-unavailable",
  "expired",
  /** An unexpected error in the daemon: its log has the stack. Please report it. */
  "internal",
] as const;

/** Why a session, a task or an opening failed. docs/errors.md says of each what to do. */
export type SessionErrorCode = (typeof ERROR_CODES)[number];

/** A failure as plain data, for the database and for messages. */
export interface Failure {
  /** Why, for programs: docs/errors.md explains each code. */
  readonly code: SessionErrorCode;
  /** In English, for developers: what failed, why, and what to do. */
  readonly message: string;
}

/** What else a `SessionError` says. */
export interface SessionErrorOptions {
  /** The error that caused it. */
  cause?: unknown;
  /** The session it is about. */
  identifier?: string;
  /** The `id` of the task it is about. */
  taskId?: string;
  /** What the task can be resumed from. */
  resumeData?: ResumeData;
}

/**
 * The error class of the library. `code` is stable and meant for programs; `message` says what failed, why, and what to
 * do about it. Misuse of the API throws a `TypeError` at the call instead.
 */
export class SessionError extends Error {
  override readonly name = "SessionError";
  /** Why, for programs: docs/errors.md says of each code what to do. */
  readonly code: SessionErrorCode;
  /** The identifier of the session it is about, if any. */
  readonly identifier: string | undefined;
  /** The `id` of the task it is about, if any. */
  readonly taskId: string | undefined;
  /** Resumes from the bytes that are still on disk, if any: `downloadTask({ resumeData })`. */
  readonly resumeData: ResumeData | undefined;

  /** Makes an error like those of the library: for tests, and for doubles of sessions and tasks. */
  constructor(code: SessionErrorCode, message: string, options: SessionErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.identifier = options.identifier;
    this.taskId = options.taskId;
    this.resumeData = options.resumeData;
  }

  /** @internal */
  static from(failure: Failure, options: SessionErrorOptions = {}): SessionError {
    return new SessionError(failure.code, failure.message, options);
  }
}

export function failureOf(error: SessionError): Failure {
  return { code: error.code, message: error.message };
}
