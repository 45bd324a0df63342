import { setTimeout as pause } from "node:timers/promises";
import { BenchChromium, type BenchPage } from "../browser.ts";
import { contest, median, pairedRatios } from "../contest.ts";
import { bounded, type Figure } from "../figure.ts";
import type { Setting } from "../setting.ts";

/** The most that ten times as many finished tasks may cost. */
const MOST_TIMES = 1.2;
const LONGEST_STEP_MS = 8;
const SPAN_MS = 3_000;
const SESSION = "long";

/** Ten times as many finished tasks in a scope, and how long its worker stands still beside many unfinished ones. */
export async function longLists(setting: Setting): Promise<Figure[]> {
  const { isQuick, repetitions } = setting;
  const unfinished = isQuick ? 100 : 10_000;
  const finished = isQuick ? 1_000 : 100_000;
  return [
    ...(await afterFinished(setting, finished, repetitions)),
    await beside(setting, unfinished, repetitions),
  ];
}

async function afterFinished(setting: Setting, finished: number, repetitions: number): Promise<Figure[]> {
  const few = await withSession(setting, { unfinished: 100, finished: finished / 10 });
  const many = await withSession(setting, { unfinished: 100, finished });
  try {
    const samples = await contest(`beside ${finished} finished tasks`, repetitions, {
      fewOpened: () => few.cold(openIn),
      manyOpened: () => many.cold(openIn),
      fewRead: () => few.cold(readPast),
      manyRead: () => many.cold(readPast),
    });
    const compared = (name: string, title: string, ours: readonly number[], limit: readonly number[]) =>
      bounded({
        ...{
          name: `long lists: ${name}`,
          title: `${title} beside ${finished} finished tasks, compared with a tenth`,
        },
        ...{ unit: "times", ours: median(pairedRatios(limit, ours)), limit: MOST_TIMES, pairs: ours.length },
        notes: [`${median(ours).toFixed(1)} ms, with a tenth ${median(limit).toFixed(1)} ms`],
      });
    return [
      compared("opening", "open a session", samples.manyOpened, samples.fewOpened),
      compared("history", "open a session and read 50 of its history", samples.manyRead, samples.fewRead),
    ];
  } finally {
    await Promise.all([few.close(), many.close()]);
  }
}

/** A task is made, and ends, ten times a second: each makes the worker plan. */
async function beside(setting: Setting, unfinished: number, repetitions: number): Promise<Figure> {
  const busy = await withSession(setting, { unfinished, finished: 0 });
  const alone = await withSession(setting, { unfinished: 0, finished: 0 });
  try {
    const { ours, limit } = await contest(`beside ${unfinished} unfinished tasks`, repetitions, {
      ours: () => busy.warm(longestStep),
      limit: () => alone.warm(longestStep),
    });
    return bounded({
      name: "long lists: longest step",
      title: `the longest step of a worker with ${unfinished} waiting tasks, while one ends each 100 ms`,
      ...{ unit: "ms", ours: median(ours), limit: LONGEST_STEP_MS, pairs: ours.length },
      notes: [`with no waiting tasks ${median(limit).toFixed(1)} ms`],
    });
  } finally {
    await Promise.all([busy.close(), alone.close()]);
  }
}

type Measure = (session: string, spanMs: number) => Promise<number>;

interface Prepared {
  /** Measures in a page that has nothing open. */
  cold(measure: Measure): Promise<number>;
  /** Measures in the page that has the session open. */
  warm(measure: Measure): Promise<number>;
  close(): Promise<void>;
}

async function withSession(
  { site }: Setting,
  counts: { readonly unfinished: number; readonly finished: number },
): Promise<Prepared> {
  const browser = await BenchChromium.launch();
  const page = await browser.open(site.origin);
  await page.run(
    async (session, counts) => {
      await bench.openOwn(session);
      // A transaction of a hundred thousand rows takes the memory of the browser.
      for (let left = counts.finished; left > 0; left -= 10_000)
        await bench.seed(
          session,
          { unfinished: 0, finished: Math.min(left, 10_000), keepsHistory: true },
          "/own/",
        );
      await bench.seed(session, { unfinished: counts.unfinished, finished: 0 }, "/own/");
      await bench.BackgroundSession.current(session)?.close();
    },
    SESSION,
    counts,
  );
  await browser.stopWorkers(`${site.origin}/own-worker.js`);
  await page.close();
  let open: BenchPage | undefined;
  const atRest = async (): Promise<BenchPage> => {
    const page = await browser.open(site.origin);
    await pause(500);
    return page;
  };
  return {
    async cold(measure) {
      const page = await atRest();
      const elapsedMs = await page.run(measure, SESSION, SPAN_MS);
      await page.close();
      return elapsedMs;
    },
    async warm(measure) {
      open ??= await atRest();
      return open.run(measure, SESSION, SPAN_MS);
    },
    close: () => browser.close(),
  };
}

async function openIn(identifier: string): Promise<number> {
  const since = performance.now();
  const session = await bench.openOwn(identifier);
  const elapsedMs = performance.now() - since;
  await session.close();
  return elapsedMs;
}

async function readPast(identifier: string): Promise<number> {
  const since = performance.now();
  const session = await bench.openOwn(identifier);
  await session.history({ limit: 50 });
  const elapsedMs = performance.now() - since;
  await session.close();
  return elapsedMs;
}

async function longestStep(identifier: string, spanMs: number): Promise<number> {
  const session = bench.BackgroundSession.current(identifier) ?? (await bench.openOwn(identifier));
  const make = () => session.dataTask({ url: "/post", method: "POST", body: "x" });
  // The worker has read everything when the first has ended.
  const first = make();
  await first.resume();
  await first.completed;
  const timer = setInterval(() => void make().resume(), 100);
  const longest = await bench.longestStep(spanMs);
  clearInterval(timer);
  return longest;
}
