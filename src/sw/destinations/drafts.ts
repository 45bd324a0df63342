/** Where drafts are: a directory, or the caches of the origin. */
export interface DraftPlace {
  keys(): AsyncIterable<string> | Promise<Iterable<string>>;
  remove(name: string): Promise<unknown>;
}

/** What this realm is writing. */
const written = new Set<string>();

/**
 * Writes something under a name of its own, which is gone afterwards. Deletes what killed workers have left first.
 * @param prefix how the names of this daemon's drafts begin
 */
export async function withDraft(
  prefix: string,
  place: DraftPlace,
  write: (name: string) => Promise<void>,
): Promise<void> {
  await deleteLeftovers(place, prefix);
  const draft = prefix + crypto.randomUUID();
  written.add(draft);
  try {
    await write(draft);
  } finally {
    await removeSoon(place, draft);
    written.delete(draft);
  }
}

/** Browsers lock a file for a moment after the writing of it was aborted. What stays is a leftover. */
async function removeSoon(place: DraftPlace, name: string): Promise<void> {
  for (const pauseMs of [50, 200, 800, 0]) {
    const refusal = await place.remove(name).catch((error: DOMException) => error.name);
    if (refusal !== "NoModificationAllowedError") return;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Returns how the names of a daemon's drafts begin. A name of a file has at most 255 bytes, and a scope may have more. */
export function draftPrefix(scope: string): string {
  return `${encodeURIComponent(scope).slice(-200)} `;
}

async function deleteLeftovers(place: DraftPlace, prefix: string): Promise<void> {
  for await (const name of await place.keys()) {
    // Chromium keeps copies beside a file that is being written, with an ending of their own.
    const isWritten = [...written].some((draft) => name.startsWith(draft));
    if (name.startsWith(prefix) && !isWritten) await place.remove(name).catch(() => {});
  }
}
