/** Whether the engine is WebKit, for its bugs that no feature test detects. */
export function isWebKit(): boolean {
  // Chromium claims to be WebKit too.
  return /AppleWebKit(?!.*Chrom)/.test(globalThis.navigator?.userAgent ?? "");
}
