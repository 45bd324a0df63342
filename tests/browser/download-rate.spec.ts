import type { BackgroundTask } from "background-session";
import type { RequestFilter } from "../../server/request-log.ts";
import type { TestServer } from "../../server/server.ts";
import { rangeBytes } from "../../src/sw/parallel/allowance.ts";
import { lacks } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { checkpoint, rowsOnDisk } from "../support/rows-on-disk.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";
import { KINDS_OF_WORKER, test as withoutServiceWorkers } from "../support/without-service-workers.ts";

const PATH = "/files/4MB.bin";
const SIZE = 4_000_000;
const RATE = 500_000;
const FIRST_BYTES = 65_536;
/** A request may arrive later than it was sent by this much more than another one. */
const SLACK_SECONDS = 2;

type Seen = Pick<BackgroundTask, "activity" | "attempts"> & {
  readonly speed: number;
  readonly secondsLeft: number;
};

interface Asked {
  readonly at: number;
  readonly url: string;
  readonly start: number;
  readonly end: number | undefined;
}

/** What was asked for, in the order of the requests. */
function asked(site: TestServer, filter: RequestFilter = PATH): Asked[] {
  return site
    .requests(filter)
    .filter(({ method }) => method === "GET")
    .map(({ at, url, headers }) => {
      const [, start = "0", last] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "") ?? [];
      return { at, url, start: Number(start), end: last ? Number(last) + 1 : undefined };
    });
}

/** Expects that at the time of each request no more had been asked for than the rate allowed by then. */
function expectRate(all: readonly Asked[], rate = RATE): void {
  const begun = all[0]?.at ?? 0;
  let sum = 0;
  for (const { at, start, end = Number.POSITIVE_INFINITY } of all) {
    sum += end - start;
    const allowed = rate * ((at - begun) / 1000 + SLACK_SECONDS) + rangeBytes(rate);
    expect(sum).toBeLessThanOrEqual(allowed);
  }
}

function start(page: TestPage, url: string = PATH, id = "file", rate = RATE): Promise<void> {
  const configuration = { maximumDownloadRate: rate, transport: "worker" } as const;
  return startDownload(page, id, url, { configuration });
}

/** Opens the session anew, in the same page, with another limit. */
function reopen(page: TestPage, maximumDownloadRate: number): Promise<void> {
  return page.evaluate(async (rate) => {
    await app.BackgroundSession.current("test")?.close();
    await app.open("test", { configuration: { maximumDownloadRate: rate, transport: "worker" } });
  }, maximumDownloadRate);
}

test("a download asks for what the rate allows, in one attempt, and is transferring meanwhile", async ({
  page,
  site,
}) => {
  await page.evaluate(
    async ([url, maximumDownloadRate]) => {
      const seen: Seen[] = [];
      Object.assign(globalThis, { seen });
      const note = ({ activity, attempts, progress }: BackgroundTask): void => {
        const { bytesPerSecond: speed = 0, secondsLeft = 0 } = progress;
        seen.push({ activity, attempts, speed, secondsLeft });
      };
      const session = await app.open("test", {
        configuration: { maximumDownloadRate, transport: "worker" },
        delegate: {
          ...app.delegate,
          didChangeTask: (task) => note(task),
          didWriteData: (task) => note(task),
        },
      });
      await session.downloadTask(url, { id: "file" }).resume();
    },
    [PATH, RATE] as const,
  );
  await expectFile(page, "file", await site.sha256(PATH));
  const ranges = asked(site);
  expect(ranges.map(({ start, end }) => [start, end])).toEqual([
    [0, FIRST_BYTES],
    [FIRST_BYTES, 1_065_536],
    [1_065_536, 2_065_536],
    [2_065_536, 3_065_536],
    [3_065_536, SIZE],
  ]);
  expectRate(ranges);
  expect(site.bytesSent(PATH)).toBe(SIZE);
  const seen = await page.evaluate(() => (globalThis as unknown as { seen: Seen[] }).seen);
  expect(seen.at(-1)?.attempts).toBe(1);
  const activities = seen.map(({ activity }) => activity);
  expect(activities.slice(activities.indexOf("transferring"))).not.toContain("connecting");
  const speeds = seen.map(({ speed }) => speed);
  expect(Math.max(...speeds)).toBeGreaterThan(0);
  expect(Math.max(...speeds)).toBeLessThanOrEqual(RATE);
  expect(seen.some(({ secondsLeft }) => secondsLeft > 1)).toBe(true);
});

test("downloads of a session share its rate, in turns", async ({ page, site }) => {
  const urls = [1, 2].map((seed) => `${PATH}?seed=${seed}`);
  for (const [index, url] of urls.entries()) await start(page, url, `file ${index}`);
  for (const [index, url] of urls.entries())
    await expectFile(page, `file ${index}`, await site.sha256(url), { timeoutMs: 60_000 });
  const ranges = asked(site);
  expectRate(ranges);
  // On a slow machine one of them may begin to wait late: who waits longer comes first, which a unit test holds.
  const turns = ranges.map(({ url }) => url);
  const [one = "", other = ""] = urls;
  expect(turns.indexOf(one)).toBeLessThan(turns.lastIndexOf(other) - 1);
  expect(turns.indexOf(other)).toBeLessThan(turns.lastIndexOf(one) - 1);
});

test("a worker that starts again goes on from the checkpoint, without a burst", async ({
  browserApp,
  page,
  site,
}) => {
  await start(page);
  await checkpoint(page, "file", 1_000_000);
  const before = asked(site).length;
  await browserApp.stopWorkers(page);
  await expectFile(page, "file", await site.sha256(PATH), { timeoutMs: 60_000 });
  const again = asked(site).slice(before);
  expect(again[0]?.start).toBeGreaterThanOrEqual(FIRST_BYTES);
  expect((again[0]?.end ?? 0) - (again[0]?.start ?? 0)).toBeLessThanOrEqual(FIRST_BYTES);
  expectRate(again);
  expect(site.bytesSent(PATH)).toBeLessThanOrEqual(SIZE + rangeBytes(RATE));
});

test("a server without ranges sends no more than is read, if the browser holds it back", {
  tag: "@core",
}, async ({ engine, page, site }) => {
  const path = "/files/40MB.bin";
  await start(page, `${path}?ranges=none`);
  if (lacks(engine, "back-pressure")) {
    // It would be kept in memory: it is received at full speed instead.
    await expectFile(page, "file", await site.sha256(path), { timeoutMs: 60_000 });
    return;
  }
  await checkpoint(page, "file", 2_000_000);
  const [row] = await rowsOnDisk(page, "tasks");
  expect(row.bytesReceived).toBeLessThan(20_000_000);
  expect(site.bytesSent(path)).toBeLessThan(35_000_000);
  await page.evaluate(() => app.BackgroundSession.current("test")?.task("file")?.cancel());
});

test("a file that changes between two ranges starts over", async ({ page, site }) => {
  await start(page, `${PATH}?change=after:2`);
  await expectFile(page, "file", await site.sha256(`${PATH}?seed=2`), { timeoutMs: 60_000 });
  const ranges = asked(site);
  const again = ranges.findLastIndex((range) => range.start === 0);
  expect(again).toBe(3);
  // The third answer is about another version: it is not received, and what was taken for it is given back.
  expectRate(ranges.toSpliced(2, 1));
});

test("another origin is asked in ranges if it exposes Content-Range, and without a preflight", async ({
  page,
  site,
}) => {
  for (const cors of ["expose", "basic"]) {
    await start(page, `${site.crossOrigin}/files/1MB.bin?cors=${cors}`, cors);
    await expectFile(page, cors, await site.sha256("/files/1MB.bin"));
  }
  const ranges = asked(site, "/files/1MB.bin");
  const of = (cors: string) => ranges.filter(({ url }) => url.includes(cors)).map(({ end }) => end);
  expect(of("expose")).toEqual([FIRST_BYTES, 1_000_000]);
  expect(of("basic")).toEqual([FIRST_BYTES, undefined]);
  expect(site.requests(({ method }) => method === "OPTIONS")).toEqual([]);
});

test.describe("a new limit holds for a running download", () => {
  test("if it is the first one", async ({ page, site }) => {
    await start(page, `${PATH}?throttle=1MB`, "file", 0);
    await checkpoint(page, "file", 500_000);
    await reopen(page, RATE);
    await expectFile(page, "file", await site.sha256(PATH), { timeoutMs: 60_000 });
    const [open, ...others] = asked(site);
    expect(open?.end).toBeUndefined();
    expect(others[0]?.start).toBeGreaterThanOrEqual(500_000);
    expect(others.every(({ end }) => end !== undefined)).toBe(true);
    expectRate(others);
    // Between the stop and the abort at the server.
    expect(site.bytesSent(PATH)).toBeLessThan(SIZE + 1_500_000);
  });

  test("if the limit ends", async ({ page, site }) => {
    await start(page, PATH, "file", 16_384);
    await start(page, `${PATH}?seed=2`, "waiting");
    await checkpoint(page, "file", FIRST_BYTES - 1);
    await reopen(page, 0);
    await expectFile(page, "file", await site.sha256(PATH));
    await expectFile(page, "waiting", await site.sha256(`${PATH}?seed=2`));
    const [, ...others] = asked(site);
    expect(others.map(({ start, end }) => [start, end])).toEqual(
      expect.arrayContaining([
        [FIRST_BYTES, undefined],
        [0, undefined],
      ]),
    );
  });

  test("but a download that would start over goes on", async ({ page, site }) => {
    await start(page, `${PATH}?throttle=1MB&ranges=none`, "file", 0);
    await checkpoint(page, "file", 500_000);
    await reopen(page, RATE);
    await expectFile(page, "file", await site.sha256(PATH));
    expect(asked(site)).toHaveLength(1);
  });
});

test("a download that waits for its turn is suspended and cancelled at once", async ({ page, site }) => {
  await start(page, PATH, "file", 16_384);
  await start(page, `${PATH}?seed=2`, "other");
  await checkpoint(page, "file", FIRST_BYTES - 1);
  await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    await session?.task("file")?.suspend();
    await session?.task("other")?.cancel();
    await session?.task("file")?.resume();
  });
  await expect.poll(() => asked(site).at(-1)?.start).toBe(FIRST_BYTES);
  expect(asked(site).filter(({ url }) => url.includes("seed=2")).length).toBeLessThanOrEqual(1);
  const state = await page.evaluate(() => app.BackgroundSession.current("test")?.task("file")?.state);
  expect(state).toBe("running");
});

test("the wait for a turn is no silence: it may take longer than timeoutIntervalForRequest", async ({
  page,
  site,
}) => {
  const configuration = {
    maximumDownloadRate: 65_536,
    timeoutIntervalForRequest: 1,
    transport: "worker",
  } as const;
  await startDownload(page, "file", "/files/400KB.bin", { configuration });
  await expectFile(page, "file", await site.sha256("/files/400KB.bin"));
  // Each attempt begins with a short range.
  const lengths = asked(site, "/files/400KB.bin").map(({ start, end = 0 }) => end - start);
  expect(lengths).toEqual([FIRST_BYTES, 131_072, 131_072, 72_320]);
});

test("an own worker without parallel ranges is a TypeError that names the import", async ({ page }) => {
  const message = await page.evaluate(async () => {
    const configuration = { maximumDownloadRate: 100_000 };
    const session = await app.open("test", { serviceWorker: "/own-worker.js", configuration });
    session.dataTask("/text?body=data");
    try {
      session.downloadTask("/files/1MB.bin");
      return "made";
    } catch (error) {
      return String(error);
    }
  });
  expect(message).toMatch(/^TypeError: .*import \{ parallelRanges \} from "background-session\/parallel"/);
});

for (const [name, lacking] of KINDS_OF_WORKER) {
  withoutServiceWorkers.describe(`without service workers, in ${name},`, () => {
    withoutServiceWorkers.use({ lacks: lacking });

    withoutServiceWorkers("a download keeps to the rate", async ({ page, site }) => {
      await start(page);
      await expectFile(page, "file", await site.sha256(PATH));
      expectRate(asked(site));
    });
  });
}
