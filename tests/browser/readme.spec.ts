import { expect, test } from "../support/fixtures.ts";
import type { TestPage } from "../support/test-browser.ts";

const SIZE_BYTES = 10_000_000;

test("the lines of the README download a file that survives a reload and is then in the cache", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  site.route("/episode.mp3", (_, response) => {
    response.writeHead(307, { location: `/files/10MB.bin?throttle=1MB` }).end();
  });
  const page = await browserApp.newPage();
  await page.goto(`${site.origin}/readme-app/`);
  await page.waitForFunction(() => document.querySelector("button")?.onclick instanceof Function);
  await page.evaluate(() => document.querySelector("button")?.click());
  await expect.poll(() => sentence(page)).toBe("Downloading");
  await page.reload();
  await expect.poll(() => sentence(page)).toBe("Downloading");
  await expect
    .poll(() => page.evaluate(async () => (await (await caches.match("/episode.mp3"))?.blob())?.size))
    .toBe(SIZE_BYTES);
});

/** What the panel says of the download. */
function sentence(page: TestPage): Promise<string | null | undefined> {
  return page.evaluate(
    () => document.querySelector("background-transfers")?.shadowRoot?.querySelector(".sentence")?.textContent,
  );
}
