import { setTimeout as pause } from "node:timers/promises";
import type { TestPage } from "./test-browser.ts";

/** Goes to another site. Of a tab that is closed on a busy machine a page does not always hear. */
export async function leaveForAnotherSite(page: TestPage): Promise<void> {
  await page.goto("about:blank");
}

/** Closes a page as a user closes a tab: it hears of it. */
export async function leave(page: TestPage): Promise<void> {
  await page.close({ runBeforeUnload: true });
  while (!page.isClosed()) await pause(20);
}
