import { readFile } from "node:fs/promises";
import { tones } from "../../examples/podcast/tones.mjs";
import { expect, test } from "../support/fixtures.ts";

const GUIDE = new URL("../../docs/media.md", import.meta.url);
const SECONDS = 600;

test("the lines of the guide to offline media download an episode, and the player seeks in it without a server", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const guide = await readFile(GUIDE, "utf8");
  const [, download] = /```ts\n\/\/ the page\n(.*?)```/s.exec(guide) ?? [];
  const [, player] = /`(<audio .*?)`/.exec(guide) ?? [];
  const imports = { "background-session": "/app/index.js", idb: "/idb.js" };
  site.serve("/media-page.js", {
    body: `import { BackgroundSession } from "background-session";
const session = await BackgroundSession.open("media", { serviceWorker: "/media-worker.js" });
globalThis.download = async () => { ${download} };`,
  });
  site.serve("/media.html", {
    body: `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module" src="/media-page.js"></script>`,
    type: "text/html",
  });
  site.serve("/episodes/42.mp3", { body: tones(SECONDS), type: "audio/wav" });
  const page = await browserApp.newPage();
  await page.goto(`${site.origin}/media.html`);
  await page.waitForFunction(() => "download" in globalThis);
  await page.evaluate(() => (globalThis as unknown as { download: () => Promise<void> }).download());
  await expect
    .poll(() =>
      page.evaluate(async () => Boolean(await caches.match("/episodes/42.mp3", { cacheName: "episodes" }))),
    )
    .toBe(true);
  // The page is controlled from its second load on.
  await page.reload();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await site.goDown();
  await page.evaluate((player) => document.body.insertAdjacentHTML("beforeend", player), player ?? "");
  const stateOf = () =>
    page.evaluate(() => {
      const { duration, currentTime, seeking, readyState } = document.querySelector(
        "audio",
      ) as HTMLAudioElement;
      return {
        seconds: Math.round(duration),
        at: Math.round(currentTime),
        isSeeking: seeking,
        hasData: readyState >= 2,
      };
    });
  const there = { seconds: SECONDS, at: 0, isSeeking: false, hasData: true };
  await expect.poll(stateOf).toEqual(there);
  await page.evaluate((seconds) => {
    Object.assign(document.querySelector("audio") ?? {}, { currentTime: seconds });
  }, SECONDS - 100);
  await expect.poll(stateOf).toEqual({ ...there, at: SECONDS - 100 });
});
