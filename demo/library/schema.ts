import type { DBSchema } from "idb";
import type { ResumeData, SessionErrorCode } from "../../src/app/index.ts";
import type { TimelineEntry } from "./timeline-entry.ts";

/** The outcome of a download. */
export type Outcome =
  | { readonly kind: "file"; readonly fileName: string; readonly type: string; readonly sizeBytes: number }
  /** The server answered with an error: the session delivers that like any other answer, but it is not the file. */
  | { readonly kind: "refused"; readonly status: number; readonly statusText: string }
  | { readonly kind: "failed"; readonly code: SessionErrorCode; readonly message: string };

/** A download that has ended. Its `id` is that of its task. */
export interface LibraryEntry {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly attempts: number;
  readonly outcome: Outcome;
  /** A retry of a failed upload resumes from this. */
  readonly resumeData?: ResumeData;
}

interface FileRow {
  readonly id: string;
  readonly file: File;
}

interface HandledEventRow {
  readonly eventId: string;
  /** Milliseconds since the epoch. */
  readonly handledAt: number;
}

export interface Schema extends DBSchema {
  entries: { key: string; value: LibraryEntry };
  /** Stored apart from the entries, so that listing those reads no bytes. */
  files: { key: string; value: FileRow };
  /** An event that comes a second time must not bring back what the user has removed meanwhile. */
  "handled-events": { key: string; value: HandledEventRow; indexes: { "by-time": number } };
  /** The newest entries, in the order in which they were written. */
  timeline: { key: number; value: TimelineEntry };
}
