/** Returns a new id for a download. Ids sort by creation time, which is the order of the list. */
export function newDownloadId(): string {
  return `${Date.now()}-${crypto.randomUUID()}`;
}
