import { builtFile } from "../support/built-file.ts";
import { expect, test } from "../support/fixtures.ts";
import { checkpoint } from "../support/rows-on-disk.ts";
import { bytesSentAgain, MOST_SENT_AGAIN_BYTES } from "../support/sent-again.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

const PATH = "/files/40MB.bin";

/** Puts a new version of the worker on the server and makes the browser look for it. */
async function deploy(page: TestPage, serve: (script: string) => void, version: number): Promise<void> {
  serve(`${await builtFile("sw.js")}\n// version ${version}`);
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    const old = registration?.active;
    await registration?.update();
    const next = registration?.installing ?? registration?.waiting ?? registration?.active;
    if (next === old) throw new Error("no update was found");
    while (next?.state !== "activated") {
      await new Promise((resolve) => next?.addEventListener("statechange", resolve, { once: true }));
    }
  });
}

test("a version deployed during a download with two old tabs open loses nothing", {
  tag: "@core",
}, async ({ browserApp, page, site }) => {
  const serve = (script: string) => site.serve("/sw.js", { body: script, type: "text/javascript" });
  // So slow that both tabs see progress after the deploy.
  await startDownload(page, "file", `${PATH}?throttle=3MB`);
  const observer = await browserApp.open(site.origin);
  const completed = observer.evaluate(async () => {
    const session = await app.open();
    Object.assign(globalThis, { isFollowing: true });
    const { file } = (await session.task("file")?.completed) ?? {};
    return file && app.sha256(file);
  });
  await observer.waitForFunction(() => "isFollowing" in globalThis);
  const onDisk = await checkpoint(page, "file", 8_000_000);

  await deploy(page, serve, 2);
  for (const tab of [page, observer]) {
    await expect
      .poll(() =>
        tab.evaluate(() => app.BackgroundSession.current("test")?.task("file")?.countOfBytesReceived),
      )
      .toBeGreaterThan(onDisk + 8_000_000);
  }

  await expectFile(page, "file", await site.sha256(PATH));
  expect(await completed).toBe(await site.sha256(PATH));
  const again = bytesSentAgain(site, PATH);
  expect(again).toHaveLength(1);
  expect(again[0]).toBeLessThanOrEqual(MOST_SENT_AGAIN_BYTES);
  expect(site.bytesSent(PATH)).toBe(40_000_000 + Number(again[0]));
});

test("five versions deployed during one download lose nothing", async ({ page, site }) => {
  const serve = (script: string) => site.serve("/sw.js", { body: script, type: "text/javascript" });
  await startDownload(page, "file", `${PATH}?throttle=6MB`);
  let onDisk = 0;
  for (let version = 2; version <= 6; version += 1) {
    onDisk = await checkpoint(page, "file", onDisk);
    await deploy(page, serve, version);
  }
  await expectFile(page, "file", await site.sha256(PATH));
  const again = bytesSentAgain(site, PATH);
  expect(Math.max(...again)).toBeLessThanOrEqual(MOST_SENT_AGAIN_BYTES);
  expect(site.bytesSent(PATH)).toBe(40_000_000 + again.reduce((sum, bytes) => sum + bytes, 0));
});

test("tasks made while a version is being deployed are run", async ({ page, site }) => {
  const serve = (script: string) => site.serve("/sw.js", { body: script, type: "text/javascript" });
  await startDownload(page, "first", "/files/10MB.bin?throttle=5MB");
  await checkpoint(page, "first");
  const deployed = deploy(page, serve, 2);
  for (let task = 0; task < 10; task += 1) {
    await startDownload(page, `task ${task}`, `/files/1MB.bin?key=${task}`);
  }
  await deployed;
  for (let task = 0; task < 10; task += 1) {
    await expectFile(page, `task ${task}`, await site.sha256("/files/1MB.bin"));
  }
  await expectFile(page, "first", await site.sha256("/files/10MB.bin"));
});
