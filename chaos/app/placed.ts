import type { Place } from "../task-plan.ts";
import { sha256 } from "./sha256.ts";

const TRIES = 3;

/** Returns the digest (hexadecimal) of what is at a destination, or undefined if nothing is there. */
export async function placedAt(place: Place): Promise<string | undefined> {
  for (let tries = 1; ; tries += 1) {
    try {
      const found = "opfs" in place ? await fileAt(place.opfs) : await entryAt(place);
      return found && (await sha256(found));
    } catch (error) {
      const { name } = error as DOMException;
      if (name === "NotFoundError") return undefined;
      // Another file has taken its place while it was read.
      if (name !== "NotReadableError" || tries === TRIES) throw error;
    }
  }
}

/** Looks again and again for a while. @returns the digests of everything that was there */
export async function watchPlace(place: Place, forMs: number): Promise<string[]> {
  const seen = new Set<string>();
  const latest = Date.now() + forMs;
  do {
    const digest = await placedAt(place);
    if (digest !== undefined) seen.add(digest);
    await new Promise((resolve) => setTimeout(resolve, 10));
  } while (Date.now() < latest);
  return [...seen];
}

async function fileAt(path: string): Promise<Blob> {
  const names = path.split("/");
  const name = names.pop() ?? "";
  let directory = await navigator.storage.getDirectory();
  for (const parent of names) directory = await directory.getDirectoryHandle(parent);
  return (await directory.getFileHandle(name)).getFile();
}

async function entryAt({ cache, key }: Exclude<Place, { opfs: string }>): Promise<Blob | undefined> {
  return (await caches.match(key, { cacheName: cache }))?.blob();
}
