import type { SessionErrorCode } from "../../src/app/index.ts";

/** The sentence for each error code; the library's own message goes into the details. */
export const ERROR_WORDS: Readonly<Record<SessionErrorCode, string>> = {
  "session-in-use": "Another tab is using the downloads",
  "session-taken-over": "Another tab took the downloads over",
  "session-invalidated": "This page has closed the downloads",
  "daemon-missing": "Downloads cannot run here",
  "daemon-outdated": "The app was updated; its other tabs are still old",
  "page-outdated": "The app was updated; this page is still old",
  "unsupported-url": "Only http and https addresses can be downloaded",
  blocked: "The server does not let this site read the file",
  cancelled: "Cancelled",
  "user-cancelled": "Cancelled in the browser’s own list of downloads",
  "timed-out": "It took too long",
  "network-lost": "The connection broke too often",
  "bad-response": "The server’s answers could not be used",
  "bad-message": "The page and its worker misunderstood each other",
  "resume-data-invalid": "It cannot resume from where it was",
  "dependency-failed": "Another transfer that it needs failed",
  "integrity-mismatch": "The file is not the expected one",
  "destination-failed": "It could not be saved where it belongs",
  "storage-full": "There is not enough space on this device",
  "storage-lost": "The browser deleted what was downloaded",
  "file-missing": "The file is gone",
  "transport-unavailable": "The browser cannot fetch it itself",
  expired: "It was not collected in time and was deleted",
  internal: "Something went wrong in the app itself",
};
