import type { JournalEntry } from "./app/journal.ts";
import { completion, expect } from "./fixtures.ts";
import type { TestPage } from "./test-browser.ts";

/**
 * Waits until a task is complete and no event is left to deliver, and returns all the app's notes on it: an event
 * that came twice is then in the list.
 */
export async function endOf(page: TestPage, id: string, timeoutMs?: number): Promise<JournalEntry[]> {
  await completion(page, id, timeoutMs);
  await expect.poll(() => page.evaluate(countOwedEvents), id).toBe(0);
  return (await page.evaluate(() => app.entries())).filter((entry) => entry.id === id);
}

/** Expects that a download ended in this very file, and that the app was told once. */
export async function expectFile(
  page: TestPage,
  id: string,
  sha256: string,
  { status = 200, timeoutMs }: { status?: number; timeoutMs?: number } = {},
): Promise<void> {
  const noted = await endOf(page, id, timeoutMs);
  expect(noted, id).toEqual([
    expect.objectContaining({ type: "didFinishDownloading", sha256 }),
    expect.objectContaining({ type: "didComplete", status }),
  ]);
  expect(noted[1]?.error, id).toBeUndefined();
}

/** Expects that a task ended with this error, without a file, and that the app was told once. */
export async function expectFailure(
  page: TestPage,
  id: string,
  code: string,
  timeoutMs?: number,
): Promise<void> {
  expect(await endOf(page, id, timeoutMs), id).toEqual([
    expect.objectContaining({ type: "didComplete", error: code }),
  ]);
}

/** Runs in the page: the number of events still to be delivered to the app. */
export async function countOwedEvents(): Promise<number> {
  const request = indexedDB.open("background-session:/");
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const count = database.transaction("outbox").objectStore("outbox").count();
  const owed = await new Promise<number>((resolve, reject) => {
    count.onsuccess = () => resolve(count.result);
    count.onerror = () => reject(count.error);
  });
  database.close();
  return owed;
}
