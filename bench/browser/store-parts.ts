/**
 * Writes a download into IndexedDB in Blobs of `partBytes`, `writes` at a time, and counts nothing: the least work
 * that keeps the bytes if the browser is killed. @returns milliseconds
 */
export async function storeParts(url: string, partBytes: number, writes: number): Promise<number> {
  const since = performance.now();
  const database = await openDatabase();
  const response = await fetch(url, { cache: "no-store" });
  const reader = (response.body as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
  const underWay = new Set<Promise<void>>();
  let pending: Uint8Array<ArrayBuffer>[] = [];
  let pendingBytes = 0;
  const write = (): void => {
    const written = put(database, new Blob(pending)).finally(() => underWay.delete(written));
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
  database.close();
  await new Promise((resolve) => {
    indexedDB.deleteDatabase(database.name).onsuccess = resolve;
  });
  return elapsedMs;
}

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(`bare-parts-${crypto.randomUUID()}`);
    request.onupgradeneeded = () => request.result.createObjectStore("parts", { autoIncrement: true });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function put(database: IDBDatabase, bytes: Blob): Promise<void> {
  return new Promise((resolve, reject) => {
    const tx = database.transaction("parts", "readwrite", { durability: "relaxed" });
    tx.objectStore("parts").add(bytes);
    tx.oncomplete = () => resolve();
    tx.onerror = () => reject(tx.error);
  });
}
