import { expect } from "./fixtures.ts";
import type { TestPage } from "./test-browser.ts";

/** How the page's handle of an unfinished task looks; undefined once the task is finished. */
export function liveTask(page: TestPage, id: string) {
  return page.evaluate((id) => {
    const task = app.BackgroundSession.current("test")?.task(id);
    return task && app.describe(task);
  }, id);
}

/** Waits until the page knows that a task has received this many bytes and still runs. */
export async function receivedBytes(page: TestPage, id: string, atLeast: number): Promise<void> {
  await expect
    .poll(async () => (await liveTask(page, id))?.countOfBytesReceived ?? -1, { intervals: [20, 50] })
    .toBeGreaterThanOrEqual(atLeast);
}

/** Waits until a task does this, or waits for this. */
export async function activityOf(page: TestPage, id: string, activity: string): Promise<void> {
  await expect
    .poll(async () => (await liveTask(page, id))?.activity, { intervals: [20, 50], timeout: 20_000 })
    .toBe(activity);
}
