import type { DestinationRow, ResponseRow } from "../../store/schema.ts";
import type { StoredBody } from "./stored-body.ts";

/** Headers that are about the transfer, not about the body as it is stored, and one that a Cache has no use for. */
const LEFT_OUT = ["content-encoding", "content-length", "content-range", "set-cookie", "transfer-encoding"];

/** Stores a body as a response with status 200. The entry appears when it is there as a whole. */
export async function putInCache(
  { cache, key, headers }: Exclude<DestinationRow, { opfs: string }>,
  response: ResponseRow,
  sizeBytes: number,
  { stream, signal }: StoredBody,
): Promise<void> {
  const kept = new Headers(response.headers);
  for (const name of LEFT_OUT) kept.delete(name);
  kept.set("content-length", String(sizeBytes));
  for (const [name, value] of Object.entries(headers ?? {})) kept.set(name, value);
  // An entry whose key depends on request headers would not be found again, and `*` cannot be stored.
  kept.delete("vary");
  const opened = await caches.open(cache);
  signal.throwIfAborted();
  await opened.put(key, new Response(stream, { headers: kept }));
}
