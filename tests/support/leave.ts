import type { Page } from "@playwright/test";

/** Closes a page as a user closes a tab: it hears of it. */
export async function leave(page: Page): Promise<void> {
  const closed = page.waitForEvent("close");
  await page.close({ runBeforeUnload: true });
  await closed;
}
