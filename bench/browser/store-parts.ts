import { BareStore } from "./bare-store.ts";

/**
 * Writes a download into IndexedDB in Blobs of `partBytes`, `writes` at a time, and counts nothing: the least work
 * that keeps the bytes if the browser is killed. @returns milliseconds
 */
export async function storeParts(url: string, partBytes: number, writes: number): Promise<number> {
  const since = performance.now();
  const store = await BareStore.open("relaxed");
  const response = await fetch(url, { cache: "no-store" });
  const reader = (response.body as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
  const underWay = new Set<Promise<void>>();
  let pending: Uint8Array<ArrayBuffer>[] = [];
  let pendingBytes = 0;
  const write = (): void => {
    const written = store.put(new Blob(pending)).finally(() => underWay.delete(written));
    underWay.add(written);
    pending = [];
    pendingBytes = 0;
  };
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    pending.push(value);
    pendingBytes += value.byteLength;
    if (pendingBytes >= partBytes) write();
    while (underWay.size >= writes) await Promise.race(underWay);
  }
  if (pendingBytes > 0) write();
  await Promise.all(underWay);
  const elapsedMs = performance.now() - since;
  await store.delete();
  return elapsedMs;
}
