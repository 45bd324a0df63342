import type { Page } from "@playwright/test";

/** Chooses a file on disk as a user does; it is `globalThis.chosen` in the page then. */
export async function chooseFile(page: Page, path: string): Promise<void> {
  await page.evaluate(() => {
    const input = document.createElement("input");
    input.type = "file";
    input.addEventListener("change", () => Object.assign(globalThis, { chosen: input.files?.[0] }));
    document.body.append(input);
  });
  await page.locator("input[type=file]").last().setInputFiles(path);
}
