import { readFile } from "node:fs/promises";
import { expect, test } from "../support/fixtures.ts";

const GUIDE = new URL("../../docs/start.md", import.meta.url);

test("a page without a bundler, as docs/start.md prints it, downloads with the two files that it names", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const [, sample = ""] = /```html\n(.*?)```/s.exec(await readFile(GUIDE, "utf8")) ?? [];
  site.serve("/plain/page.html", { body: sample, type: "text/html" });
  site.serve("/episodes/42.mp3", { body: "sound", type: "audio/mpeg" });
  const page = await browserApp.newPage();
  await page.goto(`${site.origin}/plain/page.html`);
  await expect.poll(() => site.requests("/episodes/42.mp3").map(({ status }) => status)).toContain(200);
});
