import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { BenchBrowser, BenchPage } from "../browser.ts";
import { median } from "../contest.ts";
import { bounded, type Figure } from "../figure.ts";
import { progress } from "../progress.ts";
import { MIB } from "../server.ts";
import type { Setting } from "../setting.ts";

const SESSION = "idle";
const TASKS = 100;
const MOST_PERCENT = 0.1;
const DAY_MS = 86_400_000;

/** What the tasks of a page wait for. */
const WAITS = {
  date: "wait for their date",
  offline: "wait for the network, offline",
  down: "are retried, their server down",
} as const;
type Wait = keyof typeof WAITS;

/** A browser with one page, which has a session with waiting tasks, or none. */
interface Room {
  readonly wait: Wait | "none";
  readonly browser: BenchBrowser;
  readonly page: BenchPage;
  /** The processor time of all processes, in percent of a core, span by span. */
  readonly percents: number[];
}

/**
 * N10: the processor time of a page that is open beside tasks that wait, beyond that of the same page without a
 * session. All browsers run at the same time: what else the machine does affects them alike.
 */
export async function idle({ site, isQuick, repetitions, launch }: Setting): Promise<Figure[]> {
  const spanMs = isQuick ? 2_000 : 40_000;
  const down = await originThatIsDown();
  const rooms: Room[] = [];
  try {
    for (const wait of ["none", ...(Object.keys(WAITS) as Wait[])] as const) {
      const browser = await launch();
      const room = { wait, browser, page: await browser.open(site.origin), percents: [] };
      rooms.push(room);
      if (wait === "none") continue;
      if (wait === "offline" && browser.takeOffline === undefined) {
        progress("idle: this engine cannot be taken offline");
        await (rooms.pop() as Room).browser.close();
      } else await addTasks(room, wait, site, down);
    }
    // The browser has done what follows the opening of a page, and the first attempts have failed.
    await pause(isQuick ? 3_000 : 20_000);
    const starts = rooms.map(({ wait }) => startsOf(site, wait));
    for (let span = 1; span <= repetitions; span += 1) {
      await measureSpan(rooms, spanMs);
      progress(`idle ${span}/${repetitions}: ${rooms.map(({ percents }) => percents.at(-1)?.toFixed(2))} %`);
    }
    const startsMeanwhile = rooms.map(({ wait }, index) => startsOf(site, wait) - (starts[index] as number));
    const [bare, ...others] = rooms as [Room, ...Room[]];
    return await Promise.all(
      others.map((room, index) => figureOf(room, bare, spanMs, startsMeanwhile[index + 1] as number)),
    );
  } finally {
    await Promise.all(rooms.map(({ browser }) => browser.close()));
  }
}

/** An origin at which nothing listens; of the ports that browsers block none is ever free here. */
async function originThatIsDown(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return `http://127.0.0.1:${port}`;
}

/** Its worker tells the server of each of its starts. */
async function addTasks(
  { browser, page }: Room,
  wait: Wait,
  site: Setting["site"],
  down: string,
): Promise<void> {
  const serviceWorker = `/idle-${wait}.js`;
  site.serve(serviceWorker, {
    body: `fetch("/started-${wait}").catch(() => {}); importScripts("/sw.js");`,
    type: "text/javascript",
  });
  await page.run(
    async (identifier, serviceWorker) => {
      const session = await bench.open({ delegate: {}, serviceWorker }, identifier);
      // The worker runs from its first command on.
      const task = session.dataTask("/post");
      await task.resume();
      await task.completed;
    },
    SESSION,
    serviceWorker,
  );
  if (wait === "offline") await browser.takeOffline?.();
  await page.run(
    async (identifier, count, url, earliestBeginMs) => {
      const session = bench.BackgroundSession.current(identifier);
      const options =
        earliestBeginMs > 0 ? { earliestBeginDate: new Date(Date.now() + earliestBeginMs) } : {};
      const make = () => session?.dataTask({ url, method: "POST", body: "x" }, options);
      await Promise.all(Array.from({ length: count }, () => make()?.resume()));
    },
    SESSION,
    TASKS,
    wait === "down" ? `${down}/post` : "/post",
    wait === "date" ? DAY_MS : 0,
  );
}

function startsOf(site: Setting["site"], wait: Room["wait"]): number {
  return site.requests(`/started-${wait}`).length;
}

async function measureSpan(rooms: readonly Room[], spanMs: number): Promise<void> {
  const before = await Promise.all(rooms.map(({ browser }) => browser.processorMs()));
  await pause(spanMs);
  const after = await Promise.all(rooms.map(({ browser }) => browser.processorMs()));
  for (const [index, { percents }] of rooms.entries()) {
    percents.push((((after[index] as number) - (before[index] as number)) / spanMs) * 100);
  }
}

async function figureOf(room: Room, bare: Room, spanMs: number, starts: number): Promise<Figure> {
  const { wait, browser, page, percents } = room;
  const what = WAITS[wait as Wait];
  const left = await page.run(
    (identifier) => bench.BackgroundSession.current(identifier)?.tasks().length,
    SESSION,
  );
  if (left !== TASKS) throw new Error(`${left} of ${TASKS} tasks ${what}`);
  const more = percents.map((percent, index) => percent - (bare.percents[index] as number));
  const [withMib, withoutMib] = await Promise.all(
    [browser, bare.browser].map(async (it) => ((await it.residentBytes()) / MIB).toFixed(0)),
  );
  const heapBytes = (await browser.workerHeapBytes?.()) ?? 0;
  return bounded({
    name: `N10 idle, tasks that ${what}`,
    title: `processor time of a page beside ${TASKS} tasks that ${what}, beyond that of the page alone, in % of a core`,
    unit: "%",
    ours: median(more),
    limit: MOST_PERCENT,
    ratioToLimit: null,
    pairs: more.length,
    notes: [
      `${more.length} spans of ${spanMs / 1000} s: ${Math.min(...more).toFixed(2)} to ${Math.max(...more).toFixed(2)}; ` +
        `the page alone ${median(bare.percents).toFixed(2)}, with the session ${median(percents).toFixed(2)}`,
      `memory of all processes: ${withMib} MiB, the page alone ${withoutMib} MiB`,
      `worker: started ${starts} times meanwhile` +
        (heapBytes > 0 ? `, lives at the end with a heap of ${(heapBytes / MIB).toFixed(1)} MiB` : ""),
    ],
  });
}
