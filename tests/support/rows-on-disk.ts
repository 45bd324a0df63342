import { expect } from "./fixtures.ts";
import type { TestPage } from "./test-browser.ts";

/** Rows of one of the library's stores, as they are on disk; files are shown by their size. */
// biome-ignore lint/suspicious/noExplicitAny: the tests look at it from the outside
export function rowsOnDisk(page: TestPage, store: string, scope = "/"): Promise<any[]> {
  return page.evaluate(([store, scope]) => app.rows(store, scope), [store, scope] as const);
}

/** Waits until the row of a task has more than this many bytes in the count. @returns how many */
export async function bytesOnDisk(
  page: TestPage,
  id: string,
  count: "received" | "acknowledged",
  beyondBytes: number,
): Promise<number> {
  // Asked again in the page: a question from outside costs ten times as much.
  const bytes = await page.evaluate(
    async ([name, which, beyond]) => {
      const end = Date.now() + 30_000;
      for (;;) {
        const row = (await app.rows("tasks")).find((task) => task.id === name);
        const there: number =
          (which === "received" ? row?.bytesReceived : row?.upload?.bytesAcknowledged) ?? 0;
        if (there > beyond || Date.now() > end) return there;
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
    },
    [id, count, beyondBytes] as const,
  );
  expect(bytes, `${count} within 30 s`).toBeGreaterThan(beyondBytes);
  return bytes;
}

/** Waits for a checkpoint beyond this many bytes. @returns how many are on disk */
export function checkpoint(page: TestPage, id: string, beyondBytes = 0): Promise<number> {
  return bytesOnDisk(page, id, "received", beyondBytes);
}
