import { BareStore } from "./bare-store.ts";
import { inLoops } from "./in-loops.ts";

/**
 * Loops, each of which downloads one short file after the other and stores it as a Blob in a strict transaction: the
 * least work that keeps each file. @returns milliseconds
 */
export async function storeFiles(count: number, url: string, loops = 6): Promise<number> {
  const store = await BareStore.open("strict");
  const since = performance.now();
  await inLoops(count, loops, async (number) => {
    const response = await fetch(`${url}?n=${number}`, { cache: "no-store" });
    await store.put(await response.blob());
  });
  const elapsedMs = performance.now() - since;
  await store.delete();
  return elapsedMs;
}
