import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { peakBytes } from "../support/peak-bytes.ts";
import type { TestPage } from "../support/test-browser.ts";

const GIB = 1024 ** 3;
/** More than 32 bits can count. */
const LARGE = 5 * GIB;
const MARK = 4 * GIB + 123;

const WORKER = `
  import { respondFrom } from "/media/index.js";
  const STORED = { "/stored/file": { opfs: "large" }, "/stored/entry": { cache: "large", key: "/entry" } };
  addEventListener("install", () => skipWaiting());
  addEventListener("activate", (event) => event.waitUntil(clients.claim()));
  addEventListener("fetch", (event) => {
    const source = STORED[new URL(event.request.url).pathname];
    if (source) event.respondWith(respondFrom(source, event.request));
  });
`;

/** Runs in a worker of the page: only there is a handle that makes a large file at once, with nothing on the disk. */
const WRITER = `
  onmessage = async ({ data: [size, at] }) => {
    const root = await navigator.storage.getDirectory();
    const file = await (await root.getFileHandle("large", { create: true })).createSyncAccessHandle();
    file.truncate(size);
    file.write(new TextEncoder().encode("mark"), { at });
    file.close();
    postMessage("written");
  };
`;

async function control(page: TestPage): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.register("/media-sw.js", { type: "module" });
    while (navigator.serviceWorker.controller === null)
      await new Promise((resolve) => setTimeout(resolve, 50));
  });
}

/** Reads a range to its end and keeps nothing. */
function readRange(page: TestPage, path: string, range: string) {
  return page.evaluate(
    async ([path, range]) => {
      const response = await fetch(path, { headers: { range } });
      const reader = response.body?.getReader();
      let sizeBytes = 0;
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (done) break;
        sizeBytes += value?.byteLength ?? 0;
      }
      return { status: response.status, contentRange: response.headers.get("content-range"), sizeBytes };
    },
    [path, range] as const,
  );
}

function textOf(page: TestPage, path: string, range: string): Promise<string> {
  return page.evaluate(async ([path, range]) => (await fetch(path, { headers: { range } })).text(), [
    path,
    range,
  ] as const);
}

test("a range of a stored file of 5 GiB is sent in no more memory than streaming takes", {
  ...needs("sparse-files"),
}, async ({ browserApp, site }) => {
  test.slow();
  site.serve("/media-sw.js", { body: WORKER });
  site.serve("/writer.js", { body: WRITER });
  await browserApp.closeAndRestart({ quotaBytes: 2 * LARGE });
  const page = await browserApp.open(site.origin);
  await page.evaluate(
    ([size, at]) =>
      new Promise((resolve, reject) => {
        const writer = new Worker("/writer.js");
        writer.onmessage = resolve;
        writer.onerror = reject;
        writer.postMessage([size, at]);
      }),
    [LARGE, MARK] as const,
  );
  await control(page);
  const streamed = await peakBytes(browserApp, () => readRange(page, "/files/1GiB.bin", "bytes=0-"));

  expect(await textOf(page, "/stored/file", `bytes=${MARK}-${MARK + 3}`)).toBe("mark");
  let answer: unknown;
  const start = 7 * (GIB / 2);
  const sent = await peakBytes(browserApp, async () => {
    answer = await readRange(page, "/stored/file", `bytes=${start}-`);
  });
  expect(answer).toEqual({
    status: 206,
    contentRange: `bytes ${start}-${LARGE - 1}/${LARGE}`,
    sizeBytes: LARGE - start,
  });
  expect(sent - streamed).toBeLessThan(400e6);
});

test("ranges of a cache entry of 1 GiB are sent in no more memory than streaming takes", {
  ...needs("blobs-on-disk"),
}, async ({ browserApp, site }) => {
  test.slow();
  site.serve("/media-sw.js", { body: WORKER });
  await browserApp.closeAndRestart({ quotaBytes: 8 * GIB });
  const page = await browserApp.open(site.origin);
  await control(page);
  await page.evaluate(async () => {
    const response = await fetch("/files/1GiB.bin");
    await (await caches.open("large")).put("/entry", response);
  });
  const streamed = await peakBytes(browserApp, () => readRange(page, "/files/1GiB.bin", "bytes=0-"));
  const sent = await peakBytes(browserApp, async () => {
    for (let start = 0; start < GIB; start += GIB / 16)
      expect(await readRange(page, "/stored/entry", `bytes=${start}-${start + 999}`)).toEqual({
        status: 206,
        contentRange: `bytes ${start}-${start + 999}/${GIB}`,
        sizeBytes: 1_000,
      });
    const half = await readRange(page, "/stored/entry", `bytes=${GIB / 2}-`);
    expect(half).toMatchObject({ status: 206, sizeBytes: GIB / 2 });
  });
  expect(sent - streamed).toBeLessThan(400e6);
});
