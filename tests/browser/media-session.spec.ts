import { tones } from "../../examples/podcast/tones.mjs";
import { expect, test } from "../support/fixtures.ts";
import { readAsPlayer } from "../support/player-answers.ts";
import { sha256Of } from "../support/sha256-of.ts";
import type { TestPage } from "../support/test-browser.ts";

const SESSION = "com.example.podcasts";
const WORKER = "/media-session-worker.js";
const EPISODE = "/episodes/42.wav";
const SECONDS = 600;
const BYTES = tones(SECONDS);

/** Downloads an episode without anybody who takes its events, and comes back in a page that the worker controls. */
async function download(page: TestPage, path: string): Promise<void> {
  await page.evaluate(
    async ([name, serviceWorker, path]) => {
      const session = await app.BackgroundSession.open(name, { serviceWorker });
      const task = session.downloadTask(path);
      await task.resume();
      await task.completed;
      await session.close();
    },
    [SESSION, WORKER, path] as const,
  );
  await page.reload();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

test("a player plays and seeks in the finished download of a session without a server, until its events are settled", {
  tag: "@core",
}, async ({ page, site }) => {
  site.serve(EPISODE, { body: BYTES, type: "audio/wav" });
  await download(page, EPISODE);
  const asked = site.requests(EPISODE).length;
  await site.goDown();

  const size = BYTES.length;
  const [from, to] = [Math.floor(size / 2), Math.floor(size / 2) + 99_999];
  expect(await readAsPlayer(page, EPISODE, { range: `bytes=${from}-${to}` })).toEqual({
    status: 206,
    contentRange: `bytes ${from}-${to}/${size}`,
    type: "audio/wav",
    sha256: sha256Of(BYTES.subarray(from, to + 1)),
  });
  expect(await readAsPlayer(page, EPISODE)).toMatchObject({ status: 200, sha256: sha256Of(BYTES) });
  expect(await readAsPlayer(page, EPISODE, { range: `bytes=${size}-` })).toMatchObject({
    status: 416,
    contentRange: `bytes */${size}`,
  });
  expect(await readAsPlayer(page, EPISODE, {}, "HEAD")).toMatchObject({ status: 200, type: "audio/wav" });

  await page.evaluate((path) => {
    const audio = document.body.appendChild(document.createElement("audio"));
    Object.assign(audio, { src: path, muted: true, preload: "auto" });
  }, EPISODE);
  const player = () =>
    page.evaluate(() => {
      const { duration, currentTime, seeking, readyState, error } = document.querySelector(
        "audio",
      ) as HTMLAudioElement;
      return {
        duration: Math.floor(duration),
        at: Math.round(currentTime),
        seeking,
        hasData: readyState >= 2,
        error: error?.message,
      };
    });
  const there = { duration: SECONDS, at: 0, seeking: false, hasData: true, error: undefined };
  await expect.poll(player).toEqual(there);
  for (const at of [540, 60]) {
    await page.evaluate((at) => {
      Object.assign(document.querySelector("audio") ?? {}, { currentTime: at });
    }, at);
    await expect.poll(player).toEqual({ ...there, at });
  }
  await site.comeBack();
  expect(site.requests(EPISODE)).toHaveLength(asked);

  // The app takes the file: the session has it no longer, and the network is asked.
  await page.evaluate(
    async ([name, serviceWorker]) => {
      document.querySelector("audio")?.remove();
      await new Promise<void>((resolve, reject) => {
        app.BackgroundSession.open(name, { serviceWorker, delegate: { didComplete: () => resolve() } }).catch(
          reject,
        );
      });
    },
    [SESSION, WORKER] as const,
  );
  const requests = () => site.requests(EPISODE).length;
  await expect
    .poll(async () => {
      expect(await readAsPlayer(page, EPISODE)).toMatchObject({ status: 200, sha256: sha256Of(BYTES) });
      return requests();
    })
    .toBeGreaterThan(asked);
});

test("what a session has not downloaded, or not whole, is asked of the network; so is another method", async ({
  page,
  site,
}) => {
  const failed = "/episodes/gone.wav";
  site.serve(EPISODE, { body: "an episode", type: "audio/wav" });
  await download(page, failed);
  const statuses = { [failed]: 404, [EPISODE]: 200, [`${EPISODE}?other`]: 200 };
  const count = (path: string) => site.requests(path).length;
  for (const [path, status] of Object.entries(statuses)) {
    const asked = count(path);
    expect(await readAsPlayer(page, path)).toMatchObject({ status });
    expect(count(path), path).toBe(asked + 1);
  }
  await download(page, EPISODE);
  // That there was none counts for a moment.
  const asks = async (method?: string) => {
    const asked = count(EPISODE);
    await readAsPlayer(page, EPISODE, {}, method);
    return count(EPISODE) - asked;
  };
  await expect.poll(() => asks()).toBe(0);
  expect(await asks("POST")).toBe(1);
});

test("the worker opens the session anew after it was deleted, and the newest download of a URL counts", async ({
  page,
  site,
}) => {
  site.serve(EPISODE, { body: "the first", type: "text/plain" });
  await download(page, EPISODE);
  const text = () => page.evaluate(async (path) => (await fetch(path)).text(), EPISODE);
  expect(await text()).toBe("the first");
  site.serve(EPISODE, { body: "the second", type: "text/plain" });
  await download(page, EPISODE);
  await expect.poll(text).toBe("the second");
  site.serve(EPISODE, { body: "online", type: "text/plain" });
  await page.evaluate(([name, serviceWorker]) => app.BackgroundSession.delete(name, { serviceWorker }), [
    SESSION,
    WORKER,
  ] as const);
  await expect.poll(text).toBe("online");
  await download(page, EPISODE);
  site.serve(EPISODE, { body: "not asked", type: "text/plain" });
  await expect.poll(text).toBe("online");
});

for (const destination of [{ opfs: "films/42" }, { cache: "films", key: "/elsewhere" }])
  test(`a file that a session has placed (${Object.keys(destination)}) is found there, with its type`, async ({
    page,
    site,
  }) => {
    site.serve(EPISODE, { body: "0123456789", type: "audio/wav" });
    const answers = await page.evaluate(
      async ([path, destination]) => {
        const module = "/media/index.js";
        const { respondFrom } = (await import(module)) as typeof import("../../src/media/index.ts");
        const session = await app.BackgroundSession.open("films", {
          serviceWorker: "/sw.js",
          configuration: { keepsHistory: true },
          delegate: {},
        });
        const task = session.downloadTask(path, { destination });
        await task.resume();
        await task.completed;
        const request = new Request(path, { headers: { range: "bytes=2-4" } });
        const answer = async () => {
          const response = await respondFrom(session, request);
          return response && [response.status, response.headers.get("content-type"), await response.text()];
        };
        const found = await answer();
        await session.forget(task);
        let forgotten = await answer();
        // Until its events are settled.
        for (let tries = 0; tries < 100 && forgotten !== undefined; tries += 1) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          forgotten = await answer();
        }
        return { found, forgotten };
      },
      [EPISODE, destination] as const,
    );
    expect(answers).toEqual({ found: [206, "audio/wav", "234"], forgotten: undefined });
  });
