import type { Page } from "@playwright/test";

/** Goes to another site. Of a tab that is closed on a busy machine a page does not always hear. */
export async function leaveForAnotherSite(page: Page): Promise<void> {
  await page.goto("about:blank");
}

/** Closes a page as a user closes a tab: it hears of it. */
export async function leave(page: Page): Promise<void> {
  const closed = page.waitForEvent("close");
  await page.close({ runBeforeUnload: true });
  await closed;
}
