import { Library } from "./library/library.ts";
import type { Launch } from "./library/timeline-entry.ts";
import { type DurableDelegate, libraryDelegate } from "./library-delegate.ts";
import { uploadDelegate } from "./uploads/upload-delegate.ts";

/** A session whose ended tasks are kept in a library, whether a page or the worker opens it. */
export interface LibrarySession {
  readonly identifier: string;
  openLibrary(): Promise<Library>;
  /** The same delegate for the durable events in the page and in the worker. */
  delegateFor(library: Promise<Library>, place: Launch["place"]): DurableDelegate;
}

export const DOWNLOADS: LibrarySession = {
  identifier: "com.example.downloads",
  openLibrary: () => Library.open(),
  delegateFor: libraryDelegate,
};

export const UPLOADS: LibrarySession = {
  identifier: "com.example.uploads",
  openLibrary: () => Library.open("uploads-library"),
  delegateFor: uploadDelegate,
};

/** Its history is the list of what was sent. */
export const NOTES = {
  identifier: "com.example.notes",
  configuration: { keepsHistory: true },
};

/** Its downloads are placed in a cache: the cache says what there is. */
export const PODCAST = { identifier: "com.example.podcast" };

/** Returns the session with that identifier, if it has a library: the others owe nobody anything when they end. */
export function librarySessionOf(identifier: string): LibrarySession | undefined {
  return [DOWNLOADS, UPLOADS].find((session) => session.identifier === identifier);
}
