import type { Locator, Page } from "@playwright/test";
import { needs } from "../support/absences.ts";
import { download, expect, openPanel, test } from "../support/panel-page.ts";

const withLocators = needs("playwright-page");

/** The colours along the middle of an element, from left to right, as they are on the screen. */
async function coloursAcross(page: Page, element: Locator): Promise<string[]> {
  const picture = (await element.screenshot()).toString("base64");
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes]));
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas?.drawImage(image, 0, 0);
    const { data = [] } = canvas?.getImageData(0, image.height >> 1, image.width, 1) ?? {};
    return Array.from({ length: image.width }, (_, x) => [...data.slice(x * 4, x * 4 + 3)].join());
  }, picture);
}

for (const forcedColors of ["none", "active"] as const) {
  test(
    `a bar shows how far its task is, with forced colors ${forcedColors}`,
    withLocators,
    async ({ browserApp, site }) => {
      const page = await openPanel(browserApp, site);
      await download(page, "/files/4MB.bin?throttle=1MB", "Half.mp3");
      const bar = page.getByRole("progressbar", { name: "Half.mp3" });
      await expect.poll(() => bar.evaluate((one: HTMLProgressElement) => one.value)).toBeGreaterThan(0.2);
      await page.getByRole("button", { name: "Pause Half.mp3" }).click();
      await expect(page.getByRole("button", { name: "Resume Half.mp3" })).toBeVisible();
      await page.emulateMedia({ forcedColors });
      const value = await bar.evaluate((one: HTMLProgressElement) => one.value);
      for (const shown of [bar, page.getByRole("progressbar", { name: "Transfers" })]) {
        // The corners are round, and have a border.
        const colours = (await coloursAcross(page, shown)).slice(4, -4);
        const [filled] = colours;
        expect(colours.at(-1)).not.toBe(filled);
        const share = colours.filter((colour) => colour === filled).length / colours.length;
        expect(Math.abs(share - value)).toBeLessThan(0.03);
      }
    },
  );
}
