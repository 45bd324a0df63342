import type { DBSchema } from "idb";
import type { ResumeData, SessionErrorCode, TransportWay } from "../../src/app/index.ts";
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
  /** Milliseconds since the epoch. Entries of earlier versions have none. */
  readonly endedAt?: number;
  /** It ended while no page was open, and no page has said so yet. */
  readonly isNews?: boolean;
  /** Which way its last attempt went, if that was recorded. */
  readonly way?: TransportWay;
  /** A retry of a failed upload resumes from this. */
  readonly resumeData?: ResumeData;
}

interface FileRow {
  readonly id: string;
  readonly file: File;
}

interface WayRow {
  readonly id: string;
  readonly way: TransportWay;
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
  /** The ways of transfers whose end is not recorded yet. */
  ways: { key: string; value: WayRow };
  /** An event that comes a second time must not bring back what the user has removed meanwhile. */
  "handled-events": { key: string; value: HandledEventRow; indexes: { "by-time": number } };
  /** The newest entries, in the order in which they were written. */
  timeline: { key: number; value: TimelineEntry };
}
