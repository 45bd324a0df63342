export type { DownloadFinder, StoredDownload } from "./found-download.ts";
export { type RespondOptions, respondFrom } from "./respond-from.ts";
export type { MediaSource } from "./stored-body.ts";
