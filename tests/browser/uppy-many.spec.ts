import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "../support/fixtures.ts";
import {
  eventsOf,
  expectNoFaults,
  openUppy,
  percentageOf,
  press,
  rowsOf,
  showUppy,
} from "../support/uppy-page.ts";

const FILES = 200;
const MIB = 1024 * 1024;
/** In Chromium, 2 GiB take less than a minute and 4 GiB of disk: `LARGE=1 npx playwright test uppy-many`. */
const IS_LARGE = process.env.LARGE !== undefined;
const LARGE_BYTES = (IS_LARGE ? 2048 : 64) * MIB;
/** In the large file, each block begins with its number. */
const BLOCK_BYTES = 16 * MIB;

test("200 files are uploaded over a reload, each once, and each with its answer", async ({
  browserApp,
  site,
}) => {
  test.slow();
  const options = { endpoint: "/echo?latency=200" };
  const page = await openUppy(browserApp, site.origin, options, { autoProceed: true });
  await page.evaluate((count) => {
    uppyApp.add(Object.fromEntries(Array.from({ length: count }, (_, n) => [`${n}.png`, 1_000 + n])));
  }, FILES);
  const kept = async (kind: string) => {
    const all = await page.evaluate(() => sessionStorage.getItem("kept") ?? "");
    return [...new Set(all.split("\n").filter((event) => event.startsWith(kind)))].sort();
  };
  await expect.poll(async () => (await kept("success")).length, { timeout: 60_000 }).toBeGreaterThan(20);
  await page.reload();
  await showUppy(page, options);
  await expect.poll(() => page.evaluate(() => uppyApp.uppy.getFiles().length)).toBeGreaterThan(FILES / 4);
  await expect.poll(async () => (await kept("completion")).length, { timeout: 90_000 }).toBe(FILES);
  const names = Array.from({ length: FILES }, (_, n) => n);
  expect(await kept("success")).toEqual(names.map((n) => `success ${n}.png 200 ${1_000 + n}`).sort());
  await expect.poll(async () => (await eventsOf(page)).at(-1)).toMatch(/^complete \d+ 0$/);
  expect(site.requests("/echo")).toHaveLength(FILES);
  await expectNoFaults(page);
});

test("120 uploads that ended while no Uppy was there are all told to the next one", async ({
  browserApp,
  site,
}) => {
  test.slow();
  const count = 120;
  const options = { endpoint: "/echo?latency=400" };
  const page = await openUppy(browserApp, site.origin, options);
  const unfinished = () => page.evaluate(async () => (await uppyApp.session).tasks().length);
  await page.evaluate((count) => {
    uppyApp.add(Object.fromEntries(Array.from({ length: count }, (_, n) => [`${n}.png`, 1_000 + n])));
    void uppyApp.uppy.upload();
  }, count);
  await page.evaluate(async (count) => {
    const session = await uppyApp.session;
    while (session.tasks().length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    uppyApp.uppy.destroy();
  }, count);
  await expect.poll(unfinished, { timeout: 60_000 }).toBe(0);
  await showUppy(page, options);
  await expect.poll(() => page.evaluate(() => uppyApp.completions.length), { timeout: 60_000 }).toBe(count);
  await expect.poll(async () => (await eventsOf(page)).at(-1)).toMatch(/^complete \d+ 0$/);
  const files = await page.evaluate(() => uppyApp.uppy.getFiles().map(({ response }) => response?.status));
  expect(files.length).toBeGreaterThan(100);
  expect(new Set(files)).toEqual(new Set([200]));
  await expectNoFaults(page);
});

test("a large file is stored, sent on after a reload, and arrives as it is", async ({ browserApp, site }) => {
  test.setTimeout(IS_LARGE ? 900_000 : 90_000);
  const directory = await mkdtemp(join(tmpdir(), "background-session-"));
  const path = join(directory, "film.mp4");
  const file = await open(path, "w");
  await file.truncate(LARGE_BYTES);
  for (let at = 0; at < LARGE_BYTES; at += BLOCK_BYTES) await file.write(numberAt(at), 0, 4, at);
  await file.close();
  // It must not be over before the reload.
  const endpoint = `/tus?throttle=${LARGE_BYTES / 8 / MIB}MiB`;
  const options = { endpoint, protocol: "tus" } as const;
  const page = await openUppy(browserApp, site.origin, options);
  await browserApp.chooseFile(page, path);
  await page.evaluate(() => {
    const { chosen } = globalThis as unknown as { chosen: File };
    uppyApp.uppy.addFile(chosen);
  });
  await press(page, ".uppy-StatusBar-actionBtn--upload");
  await expect.poll(() => percentageOf(page), { timeout: 300_000 }).toBeGreaterThan(0);
  await page.reload();
  await showUppy(page, options);
  await expect.poll(() => eventsOf(page), { timeout: 600_000 }).toContain("complete 1 0");
  expect(await rowsOf(page)).toEqual(["film.mp4: complete"]);
  const stored = await site.storedUploads("tus");
  expect(stored).toMatchObject([{ sizeBytes: LARGE_BYTES, isComplete: true }]);
  const arrived = await open(stored[0]?.path ?? "");
  for (let at = 0; at < LARGE_BYTES; at += BLOCK_BYTES) {
    const { buffer } = await arrived.read(Buffer.alloc(4), 0, 4, at);
    expect(buffer).toEqual(numberAt(at));
  }
  await arrived.close();
  await rm(directory, { recursive: true });
});

function numberAt(offset: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(offset / BLOCK_BYTES + 1);
  return bytes;
}
