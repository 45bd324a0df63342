export { type RespondOptions, respondFrom } from "./respond-from.ts";
export type { DownloadFinder, MediaSource, StoredDownload } from "./stored-body.ts";
