import { Library } from "./library/library.ts";
import { type DurableDelegate, libraryDelegate } from "./library-delegate.ts";
import { uploadDelegate } from "./uploads/upload-delegate.ts";

/** The description of one of the app's sessions, whether a page or the worker opens it. */
export interface AppSession {
  readonly identifier: string;
  openLibrary(): Promise<Library>;
  /** The same delegate for the durable events in the page and in the worker. */
  delegateFor(library: Promise<Library>): DurableDelegate;
}

export const DOWNLOADS: AppSession = {
  identifier: "com.example.downloads",
  openLibrary: () => Library.open(),
  delegateFor: libraryDelegate,
};

export const UPLOADS: AppSession = {
  identifier: "com.example.uploads",
  openLibrary: () => Library.open("uploads-library"),
  delegateFor: uploadDelegate,
};

/** Returns the session with that identifier; undefined for one that this version of the app does not have. */
export function sessionOf(identifier: string): AppSession | undefined {
  return [DOWNLOADS, UPLOADS].find((session) => session.identifier === identifier);
}
