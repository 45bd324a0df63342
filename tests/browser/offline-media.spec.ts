import { readFile } from "node:fs/promises";
import { tones } from "../../examples/podcast/tones.mjs";
import type { TestServer } from "../../server/server.ts";
import { builtFile } from "../support/built-file.ts";
import { expect, test } from "../support/fixtures.ts";
import { answersTo, NOTING_ANSWERS, noteAnswers, readAsPlayer } from "../support/player-answers.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { spreadMp4 } from "../support/spread-mp4.ts";
import { spreadWebm } from "../support/spread-webm.ts";
import type { TestBrowser, TestPage } from "../support/test-browser.ts";

/** Opens the example app, which the set-up has built from the packed package, with its rows. */
async function openPodcast(
  browser: TestBrowser,
  site: TestServer,
  serveMore: () => void = () => {},
): Promise<TestPage> {
  const worker = await builtFile("podcast/sw.js");
  site.serve("/podcast/sw.js", { body: worker + NOTING_ANSWERS, type: "text/javascript" });
  serveMore();
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

interface Episode {
  readonly title: string;
  readonly place: string;
  readonly path: string;
  readonly type: string;
  readonly seconds: number;
  readonly width: number;
  /** The offset of the index, if the file has it at the end. */
  readonly indexAt?: (bytes: Uint8Array) => number;
  readonly bytes: () => Uint8Array | Promise<Uint8Array>;
}

const TONES: Episode = {
  title: "Tones",
  place: "a cache",
  path: "/podcast/episodes/tones.wav",
  type: "audio/wav",
  seconds: 600,
  width: 0,
  bytes: () => tones(600),
};

const EPISODES: readonly Episode[] = [
  TONES,
  {
    title: "A long recording",
    place: "the origin private file system",
    path: "/podcast/episodes/recording.wav",
    type: "audio/wav",
    seconds: 1_200,
    width: 0,
    bytes: () => tones(1_200),
  },
  {
    title: "A film (MP4)",
    place: "the origin private file system",
    path: "/podcast/episodes/film.mp4",
    type: "video/mp4",
    seconds: 60,
    width: 320,
    indexAt: (bytes) => Buffer.from(bytes).lastIndexOf("moov") - 4,
    bytes: async () => spreadMp4(await film("mp4")),
  },
  {
    title: "A film (WebM)",
    place: "a cache",
    path: "/podcast/episodes/film.webm",
    type: "video/webm",
    seconds: 60,
    width: 320,
    indexAt: (bytes) => Buffer.from(bytes).lastIndexOf(Buffer.from("1c53bb6b", "hex")),
    bytes: async () => spreadWebm(await film("webm")),
  },
];

function film(type: string): Promise<Buffer> {
  return readFile(new URL(`../../examples/podcast/film.${type}`, import.meta.url));
}

for (const episode of EPISODES) {
  const { title, place, path, type, seconds, width, indexAt } = episode;
  const what = width === 0 ? "an episode" : `a film with its index at the end (${type})`;
  test(`${what} in ${place} plays and seeks after a reload without a server`, {
    tag: title === "A long recording" ? "@core" : [],
  }, async ({ browserApp, engine, site }) => {
    const bytes = await episode.bytes();
    const page = await openPodcast(browserApp, site, () => site.serve(path, { body: bytes, type }));
    await press(page, title, "Download");
    await expect.poll(() => buttons(page, title)).toEqual(["Play", "Remove"]);
    const asked = site.requests(path).length;
    await site.goDown();
    await page.reload();
    await noteAnswers(page);
    // A browser lets nothing that can be heard begin without the user.
    await page.evaluate(() => Object.assign(document.querySelector("video") ?? {}, { muted: true }));
    await press(page, title, "Play");
    const player = () =>
      page.evaluate(() => {
        const video = document.querySelector("video");
        const { currentTime = -1, duration, seeking, videoWidth, error } = video ?? {};
        return {
          currentTime,
          duration: Math.floor(duration ?? 0),
          seeking,
          videoWidth,
          error: error?.message,
        };
      });
    await expect.poll(async () => (await player()).currentTime).toBeGreaterThan(0);
    // WebKit may play before it knows how long a film is.
    await expect.poll(player).toMatchObject({ duration: seconds, videoWidth: width, error: undefined });

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

    const size = bytes.length;
    const answers = await answersTo(page, path);
    expect(answers.length).toBeGreaterThan(0);
    // GStreamer asks for the whole first.
    for (const { hasRange, status } of answers) expect(status).toBe(hasRange ? 206 : 200);
    const starts = answers.map(({ contentRange }) => Number(/\d+/.exec(contentRange ?? "0")));
    // Firefox reads a WebM film from the beginning; WebKitGTK does so with any film if it is fast enough.
    const seeksIndex = engine === "chromium" || (engine === "firefox" && type === "video/mp4");
    if (indexAt !== undefined && seeksIndex)
      expect(Math.max(...starts)).toBeGreaterThan(0.9 * indexAt(bytes));
    expect(site.requests(path)).toHaveLength(asked);

    const from = Math.floor(size / 2);
    expect(await readAsPlayer(page, path, { range: `bytes=${from}-${from + 99_999}` })).toEqual({
      status: 206,
      contentRange: `bytes ${from}-${from + 99_999}/${size}`,
      type,
      sha256: sha256Of(bytes.subarray(from, from + 100_000)),
    });
    expect(await readAsPlayer(page, path, { range: "bytes=-7" })).toMatchObject({
      status: 206,
      sha256: sha256Of(bytes.subarray(-7)),
    });
    expect(await readAsPlayer(page, path, { range: `bytes=${size}-` })).toMatchObject({
      status: 416,
      contentRange: `bytes */${size}`,
    });
  });
}

test("an episode that is not downloaded, or was removed, is asked of the server", async ({
  browserApp,
  site,
}) => {
  const page = await openPodcast(browserApp, site);
  await press(page, "Tones", "Download");
  await press(page, "Tones", "Remove");
  await expect.poll(() => buttons(page, "Tones")).toEqual(["Download"]);
  const { path } = TONES;
  const asked = site.requests(path).length;
  expect((await readAsPlayer(page, path, { range: "bytes=0-9" })).status).toBe(206);
  expect(site.requests(path)).toHaveLength(asked + 1);
});
