import { BareStore } from "./bare-store.ts";

/**
 * Six loops, each of which downloads one short file after the other and stores it as a Blob in a strict transaction: the
 * least work that keeps each file. @returns milliseconds
 */
export async function storeFiles(count: number, url: string): Promise<number> {
  const store = await BareStore.open("strict");
  const since = performance.now();
  let next = 0;
  const loop = async () => {
    while (next < count) {
      next += 1;
      const response = await fetch(`${url}?n=${next}`, { cache: "no-store" });
      await store.put(await response.blob());
    }
  };
  await Promise.all(Array.from({ length: 6 }, loop));
  const elapsedMs = performance.now() - since;
  await store.delete();
  return elapsedMs;
}
