import { servePodcast, tones } from "../../examples/podcast/serve.ts";
import type { TestServer } from "../../server/server.ts";
import { expect, test } from "../support/fixtures.ts";
import { sha256Of } from "../support/sha256-of.ts";
import type { TestBrowser, TestPage } from "../support/test-browser.ts";

/** Opens the example app, with its rows. */
async function openPodcast(browser: TestBrowser, site: TestServer): Promise<TestPage> {
  await servePodcast(site);
  const page = await browser.newPage();
  await page.goto(`${site.origin}/podcast/`);
  return page;
}

/** The texts of the buttons of an episode that the user sees. */
function buttons(page: TestPage, title: string): Promise<string[]> {
  return page.evaluate((title) => {
    const row = [...document.querySelectorAll("li")].find(({ textContent }) =>
      textContent?.startsWith(title),
    );
    return [...(row?.querySelectorAll("button") ?? [])]
      .filter(({ hidden }) => !hidden)
      .map(({ textContent }) => textContent ?? "");
  }, title);
}

async function press(page: TestPage, title: string, text: string): Promise<void> {
  await expect.poll(() => buttons(page, title)).toContain(text);
  await page.evaluate(
    ([title, text]) => {
      const row = [...document.querySelectorAll("li")].find(({ textContent }) =>
        textContent?.startsWith(title),
      );
      [...(row?.querySelectorAll("button") ?? [])].find(({ textContent }) => textContent === text)?.click();
    },
    [title, text] as const,
  );
}

/** Reads bytes as a player does, through the worker. */
function rangeOf(page: TestPage, path: string, range: string) {
  return page.evaluate(
    async ([path, range]) => {
      const response = await fetch(path, { headers: { range } });
      const digest = await crypto.subtle.digest("SHA-256", await response.arrayBuffer());
      return {
        status: response.status,
        contentRange: response.headers.get("content-range"),
        type: response.headers.get("content-type"),
        sha256: [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
      };
    },
    [path, range] as const,
  );
}

const EPISODES = [
  { title: "Tones", place: "a cache", path: "/podcast/episodes/tones.wav", seconds: 600 },
  {
    title: "A long recording",
    place: "the origin private file system",
    path: "/podcast/episodes/recording.wav",
    seconds: 1_200,
  },
];

for (const { title, place, path, seconds } of EPISODES) {
  test(`an episode in ${place} plays and seeks after a reload without a server`, { tag: "@core" }, async ({
    browserApp,
    site,
  }) => {
    const page = await openPodcast(browserApp, site);
    await press(page, title, "Download");
    await expect.poll(() => buttons(page, title)).toEqual(["Play", "Remove"]);
    await site.goDown();
    await page.reload();
    // A browser lets nothing that can be heard begin without the user.
    await page.evaluate(() => Object.assign(document.querySelector("video") ?? {}, { muted: true }));
    await press(page, title, "Play");
    const player = () =>
      page.evaluate(() => {
        const { currentTime = -1, duration, seeking, paused, error } = document.querySelector("video") ?? {};
        return { currentTime, duration, seeking, paused, error: error?.message };
      });
    await expect.poll(async () => (await player()).currentTime).toBeGreaterThan(0);
    expect(await player()).toMatchObject({ duration: seconds, error: undefined });

    for (const part of [0.9, 0.5]) {
      const target = seconds * part;
      await page.evaluate((target) => {
        const video = document.querySelector("video");
        video?.pause();
        Object.assign(video ?? {}, { currentTime: target });
      }, target);
      await expect.poll(player).toMatchObject({ currentTime: target, seeking: false, error: undefined });
      // WebKit may keep the promise pending although it plays.
      await page.evaluate(() => void document.querySelector("video")?.play());
      await expect.poll(async () => (await player()).currentTime).toBeGreaterThan(target);
    }

    const bytes = tones(seconds);
    const size = bytes.length;
    const from = Math.floor(size / 2);
    expect(await rangeOf(page, path, `bytes=${from}-${from + 99_999}`)).toEqual({
      status: 206,
      contentRange: `bytes ${from}-${from + 99_999}/${size}`,
      type: "audio/wav",
      sha256: sha256Of(bytes.subarray(from, from + 100_000)),
    });
    expect(await rangeOf(page, path, "bytes=-7")).toMatchObject({
      status: 206,
      sha256: sha256Of(bytes.subarray(-7)),
    });
    expect(await rangeOf(page, path, `bytes=${size}-`)).toMatchObject({
      status: 416,
      contentRange: `bytes */${size}`,
    });
  });
}

test("an episode that is not downloaded, or was removed, is asked of the server", { tag: "@core" }, async ({
  browserApp,
  site,
}) => {
  const page = await openPodcast(browserApp, site);
  await press(page, "Tones", "Download");
  await press(page, "Tones", "Remove");
  await expect.poll(() => buttons(page, "Tones")).toEqual(["Download"]);
  const { path } = EPISODES[0] as (typeof EPISODES)[0];
  const asked = site.requests(path).length;
  expect((await rangeOf(page, path, "bytes=0-9")).status).toBe(200);
  expect(site.requests(path)).toHaveLength(asked + 1);
});
