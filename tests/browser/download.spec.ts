import { completion, expect, test } from "../support/fixtures.ts";

test("a download ends in the file, byte for byte", { tag: "@core" }, async ({ page, site }) => {
  await page.evaluate(async () => {
    const session = await app.open();
    await session.downloadTask("/files/10MB.bin", { id: "ten", description: "Ten" }).resume();
  });
  const noted = await completion(page, "ten");
  expect(noted.map((entry) => entry.type)).toEqual(["didFinishDownloading", "didComplete"]);
  expect(noted[0]?.sha256).toBe(await site.sha256("/files/10MB.bin"));
  expect(site.bytesSent("/files/10MB.bin")).toBe(10_000_000);
});
