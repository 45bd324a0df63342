import type { DestinationRow, ResponseRow } from "../../store/schema.ts";
import { type DraftPlace, draftPrefix, withDraft } from "./drafts.ts";
import type { StoredBody } from "./stored-body.ts";

/** Headers that are about the transfer, not about the body as it is stored, and one that a Cache has no use for. */
const LEFT_OUT = ["content-encoding", "content-length", "content-range", "set-cookie", "transfer-encoding"];

/**
 * Stores a body as a response with status 200. The entry appears when it is there as a whole: if a worker is stopped while
 * it writes a stream, Firefox keeps the beginning as an entry, so the stream goes to a cache of its own first.
 * @param scope distinguishes the daemons of one origin
 */
export async function putInCache(
  { cache, key, headers }: Exclude<DestinationRow, { opfs: string }>,
  response: ResponseRow,
  sizeBytes: number,
  { stream, signal }: StoredBody,
  scope: string,
): Promise<void> {
  const kept = new Headers(response.headers);
  for (const name of LEFT_OUT) kept.delete(name);
  kept.set("content-length", String(sizeBytes));
  for (const [name, value] of Object.entries(headers ?? {})) kept.set(name, value);
  // An entry whose key depends on request headers would not be found again, and `*` cannot be stored.
  kept.delete("vary");
  await withDraft(`.background-session ${draftPrefix(scope)}`, CACHES, async (draft) => {
    const drafts = await caches.open(draft);
    signal.throwIfAborted();
    await drafts.put(key, new Response(stream, { headers: kept }));
    const whole = await drafts.match(key);
    const opened = await caches.open(cache);
    signal.throwIfAborted();
    if (whole === undefined) throw new Error("The draft of the entry was deleted");
    await opened.put(key, whole);
  });
}

const CACHES: DraftPlace = { keys: () => caches.keys(), remove: (name) => caches.delete(name) };
