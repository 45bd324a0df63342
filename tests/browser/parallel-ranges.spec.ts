import type { TestServer } from "../../server/server.ts";
import { expect, test } from "../support/fixtures.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";
import { MOST_SENT_AGAIN_BYTES } from "../support/sent-again.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

const PATH = "/files/40MB.bin";
const SIZE = 40_000_000;
/** Each connection is slow, so that several are faster. */
const SLOW = `${PATH}?throttle=2MB`;
const CONNECTIONS = 3;

interface Asked {
  readonly start: number;
  readonly end: number | undefined;
}

/** The ranges that were asked for, in the order of the requests. */
function asked(site: TestServer, path = PATH): (Asked | undefined)[] {
  return site.requests(path).map(({ headers }) => {
    const match = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "");
    return match ? { start: Number(match[1]), end: match[2] ? Number(match[2]) + 1 : undefined } : undefined;
  });
}

function start(page: TestPage, url: string, id = "file"): Promise<void> {
  return startDownload(page, id, url, { connections: CONNECTIONS });
}

/** Waits until every range has this many bytes on disk. @returns all bytes that are on disk then */
async function untilEachHas(page: TestPage, count: number): Promise<number> {
  let onDisk = 0;
  await expect
    .poll(
      async () => {
        const [row] = await rowsOnDisk(page, "tasks");
        const ranges: [number, number][] = [[0, row?.bytesReceived ?? 0], ...(row?.file?.ranges ?? [])];
        const lengths = ranges.map(([from, to]) => to - from);
        onDisk = lengths.reduce((sum, length) => sum + length, 0);
        return lengths.filter((length) => length >= count).length;
      },
      { timeout: 30_000 },
    )
    .toBeGreaterThanOrEqual(CONNECTIONS);
  return onDisk;
}

test("a large file is fetched in several ranges at once", async ({ page, site }) => {
  await start(page, SLOW);
  await expectFile(page, "file", await site.sha256(PATH), { timeoutMs: 60_000 });
  const [first, ...others] = asked(site);
  expect(first).toEqual({ start: 0, end: undefined });
  expect(others.length).toBeGreaterThanOrEqual(CONNECTIONS - 1);
  expect(others.every((range) => range?.end !== undefined && range.end <= SIZE)).toBe(true);
  expect(site.requests(PATH).every(({ status }) => status === 206)).toBe(true);
  const [row] = await rowsOnDisk(page, "tasks");
  if (row !== undefined) expect(row).toMatchObject({ bytesReceived: SIZE });
  expect(row?.file?.ranges).toBeUndefined();
});

test.describe("each range goes on from its own bytes", () => {
  let onDisk = 0;
  test.beforeEach(async ({ page }) => {
    await start(page, SLOW);
    onDisk = await untilEachHas(page, 2_000_000);
  });

  test("after its worker is stopped", async ({ browserApp, page, site }) => {
    const before = site.requests(PATH).length;
    await browserApp.stopWorkers(page);
    await expectFile(page, "file", await site.sha256(PATH), { timeoutMs: 60_000 });
    const again = asked(site).slice(before, before + CONNECTIONS);
    expect(again.every((range) => range !== undefined && range.start >= 2_000_000)).toBe(true);
    expect(new Set(again.map((range) => range?.start)).size).toBe(CONNECTIONS);
    expect(site.bytesSent(PATH)).toBeLessThanOrEqual(2 * SIZE - onDisk + CONNECTIONS * 1_000_000);
  });

  test("after the browser is killed", { tag: "@core" }, async ({ browserApp, site }) => {
    await browserApp.killAndRestart();
    const next = await browserApp.open(site.origin);
    const shown = await next.evaluate(async () => (await app.open()).task("file")?.countOfBytesReceived);
    expect(shown).toBeGreaterThanOrEqual(onDisk);
    await expectFile(next, "file", await site.sha256(PATH), { timeoutMs: 60_000 });
    expect(site.bytesSent(PATH)).toBeLessThanOrEqual(SIZE + CONNECTIONS * MOST_SENT_AGAIN_BYTES);
  });
});

test("the count of received bytes never goes back over a reload", async ({ page, site }) => {
  await start(page, SLOW);
  const onDisk = await untilEachHas(page, 1_000_000);
  await page.reload();
  const counts = await page.evaluate(async () => {
    const task = (await app.open()).task("file");
    if (task === undefined) throw new Error("the task is gone");
    const seen: number[] = [];
    while (task.state === "running" && seen.length < 400) {
      seen.push(task.countOfBytesReceived);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return seen;
  });
  // A page that has just been opened shows what is on disk until the worker tells it more.
  expect([onDisk, ...counts]).toEqual([onDisk, ...counts].sort((a, b) => a - b));
  await expectFile(page, "file", await site.sha256(PATH), { timeoutMs: 60_000 });
});

test("a download that was suspended goes on in its ranges, and so does one from its resume data", async ({
  page,
  site,
}) => {
  await start(page, SLOW);
  await untilEachHas(page, 1_000_000);
  await page.evaluate(() => app.BackgroundSession.current("test")?.task("file")?.suspend());
  await expect.poll(() => site.requests(PATH).every(({ aborted }) => aborted)).toBe(true);
  const suspended = site.requests(PATH).length;
  await page.evaluate(() => app.BackgroundSession.current("test")?.task("file")?.resume());
  await expect.poll(() => site.requests(PATH).length).toBeGreaterThanOrEqual(suspended + CONNECTIONS);
  const [, ...gaps] = asked(site).slice(suspended);
  expect(gaps.every((range) => range !== undefined && range.start >= 1_000_000)).toBe(true);
  await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    const resumeData = await session?.task("file")?.cancelByProducingResumeData();
    if (session === undefined || resumeData === undefined) throw new Error("no resume data");
    await session.downloadTask({ resumeData }, { id: "rest" }).resume();
  });
  await expectFile(page, "rest", await site.sha256(PATH), { timeoutMs: 60_000 });
  expect(site.bytesSent(PATH)).toBeLessThanOrEqual(SIZE + 2 * CONNECTIONS * MOST_SENT_AGAIN_BYTES);
});

test("a server without ranges gets one request", async ({ page, site }) => {
  await start(page, `${PATH}?ranges=none`);
  await expectFile(page, "file", await site.sha256(PATH));
  expect(site.requests(PATH).map(({ status }) => status)).toEqual([200]);
});

test("a file that is not much larger than a segment gets one request", async ({ page, site }) => {
  await start(page, "/files/16MB.bin");
  await expectFile(page, "file", await site.sha256("/files/16MB.bin"));
  expect(site.requests("/files/16MB.bin")).toHaveLength(1);
});

for (const [lie, query] of [
  ["another version", "change=after:2&ranges=ignore-if-range"],
  ["the whole of another version", "change=after:2"],
  ["another range", "ranges=wrong-start"],
  ["another total", "ranges=wrong-total"],
] as const) {
  test(`if one range is answered with ${lie}, the file is fetched again, on one connection`, async ({
    page,
    site,
  }) => {
    await start(page, `${SLOW.replace("2MB", "8MB")}&${query}`);
    const sha256 = await site.sha256(query.startsWith("change") ? `${PATH}?seed=2` : PATH);
    await expectFile(page, "file", sha256, { timeoutMs: 60_000 });
    const ranges = asked(site);
    const again = ranges.findLastIndex((range) => range?.start === 0);
    expect(again).toBeGreaterThan(0);
    expect(ranges.slice(again)).toEqual([{ start: 0, end: undefined }]);
  });
}

test("a server that allows one connection serves all of the file on it", async ({ page, site }) => {
  const bytes = Buffer.alloc(SIZE, "0123456789abcdef");
  let open = 0;
  site.route("/limited", ({ headers }, response) => {
    if (open > 0) return void response.writeHead(503).end();
    open += 1;
    response.once("close", () => {
      open -= 1;
    });
    const [, from = "0", to = String(SIZE - 1)] = /^bytes=(\d+)-(\d+)?/.exec(headers.range ?? "") ?? [];
    const range = { "content-range": `bytes ${from}-${to}/${SIZE}`, etag: '"one"' };
    response.writeHead(206, range);
    response.write(bytes.subarray(Number(from), Number(from) + 1_000_000));
    setTimeout(() => response.end(bytes.subarray(Number(from) + 1_000_000, Number(to) + 1)), 1_000);
  });
  await start(page, "/limited");
  await expectFile(page, "file", sha256Of(bytes), { timeoutMs: 60_000 });
  const statuses = site.requests("/limited").map(({ status }) => status);
  expect(statuses.filter((status) => status === 206)).toHaveLength(1);
  expect(statuses.length).toBe(CONNECTIONS);
});

test("an own worker without parallel ranges is a TypeError that names the import", async ({ page }) => {
  const messages = await page.evaluate(async () => {
    const session = await app.open("test", { serviceWorker: "/own-worker.js" });
    return [1, 2].map((connections) => {
      try {
        session.downloadTask("/files/1MB.bin", { connections });
        return "made";
      } catch (error) {
        return String(error);
      }
    });
  });
  expect(messages[0]).toBe("made");
  expect(messages[1]).toMatch(
    /^TypeError: .*import \{ parallelRanges \} from "background-session\/parallel"/,
  );
});
