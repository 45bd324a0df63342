import { expect } from "./fixtures.ts";
import type { TestPage } from "./test-browser.ts";

/** Rows of one of the library's stores, as they are on disk; files are shown by their size. */
// biome-ignore lint/suspicious/noExplicitAny: the tests look at it from the outside
export function rowsOnDisk(page: TestPage, store: string, scope = "/"): Promise<any[]> {
  return page.evaluate(([store, scope]) => app.rows(store, scope), [store, scope] as const);
}

/** Waits for a checkpoint beyond this many bytes. @returns how many are on disk */
export async function checkpoint(page: TestPage, id: string, beyondBytes = 0): Promise<number> {
  let bytes = 0;
  await expect
    .poll(
      async () => {
        const row = (await rowsOnDisk(page, "tasks")).find((task) => task.id === id);
        bytes = row?.bytesReceived ?? 0;
        return bytes;
      },
      { timeout: 30_000, intervals: [50] },
    )
    .toBeGreaterThan(beyondBytes);
  return bytes;
}
