/** Returns a fresh id for a download. Ids sort by the time they were made: that is the order of the list. */
export function newDownloadId(): string {
  return `${Date.now()}-${crypto.randomUUID()}`;
}
