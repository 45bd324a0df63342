/** A player asks for the next range within this time. */
const KEPT_MS = 10_000;
/** Without one of these, another version of an entry may look the same. */
const VALIDATORS = ["etag", "last-modified", "date"];

let kept: { readonly version: string; readonly blob: Promise<Blob> } | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/**
 * Returns the body of a cache entry. Firefox copies the whole entry for that, so that the last one is kept for a while: for
 * the next range of the same version.
 */
export function keptBlob(response: Response, place: string): Promise<Blob> {
  const { headers } = response;
  if (!VALIDATORS.some((name) => headers.has(name))) return response.blob();
  const version = JSON.stringify([place, ...headers]);
  if (kept?.version !== version) kept = { version, blob: response.blob() };
  const { blob } = kept;
  clearTimeout(timer);
  // The copy of a large entry may take longer than that.
  blob.then(() => {
    clearTimeout(timer);
    timer = setTimeout(release, KEPT_MS);
  }, release);
  return blob;
}

function release(): void {
  kept = undefined;
}
