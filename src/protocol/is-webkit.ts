/** Whether the engine is WebKit, for its faults that no property tells of. */
export function isWebKit(): boolean {
  // Chromium says that it is one as well.
  return /AppleWebKit(?!.*Chrom)/.test(globalThis.navigator?.userAgent ?? "");
}
