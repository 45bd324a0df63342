import { setTimeout as pause } from "node:timers/promises";
import { BenchChromium } from "../browser.ts";
import { contest, median } from "../contest.ts";
import { compared, type Figure } from "../figure.ts";
import type { Setting } from "../setting.ts";

const UNFINISHED = 100;
const SETTLING_MS = 500;

/** N5: opening a session whose worker was stopped, compared with the fewest browser calls that it needs. */
export async function openSession({ site, isQuick, repetitions }: Setting): Promise<Figure[]> {
  const few = await measureOpen(site.origin, { unfinished: UNFINISHED, finished: 0 }, repetitions);
  const finished = isQuick ? 1_000 : 10_000;
  const many = await measureOpen(site.origin, { unfinished: UNFINISHED, finished }, repetitions);
  const difference = (many.ours / few.ours - 1) * 100;
  return [
    {
      ...many,
      notes: [
        ...many.notes,
        `with no finished tasks: ${few.ours.toFixed(1)} ms (${difference.toFixed(0)} % apart)`,
      ],
    },
  ];
}

export async function measureOpen(
  origin: string,
  counts: { readonly unfinished: number; readonly finished: number },
  repetitions: number,
): Promise<Figure> {
  const browser = await BenchChromium.launch();
  try {
    const identifier = "open";
    const first = await browser.open(origin);
    await first.run(
      async (identifier, counts) => {
        const session = await bench.open({}, identifier);
        await bench.seed(identifier, counts);
        await session.close();
      },
      identifier,
      counts,
    );
    await first.close();
    // Each measurement gets its own page: it has nothing open, like one that was just loaded.
    const cold = async (measure: (identifier: string, count: number) => Promise<number>): Promise<number> => {
      const page = await browser.open(origin);
      await browser.stopWorkers(`${origin}/sw.js`);
      // The page that stopped the workers is still being torn down, and a page that was just loaded is not yet at
      // rest.
      await pause(SETTLING_MS);
      const elapsedMs = await page.run(measure, identifier, counts.unfinished);
      await page.close();
      return elapsedMs;
    };
    const samples = await contest(`open with ${counts.finished} finished`, repetitions, {
      ours: () => cold(openOurs),
      delegate: () => cold(openToDeliver),
      limit: () => cold(openBare),
      boot: () => cold(wakeWorker),
    });
    return compared({
      name: "N5 open",
      title: `open a session with ${counts.unfinished} unfinished and ${counts.finished} finished tasks, worker stopped`,
      ours: samples.ours,
      limit: samples.limit,
      limitName: "bare open, getAll, getRegistration, one lock",
      goals: { limit: 0.5 },
      notes: [
        `with a delegate, so that nothing that is owed has to be listed: ${median(samples.delegate).toFixed(1)} ms`,
        `to start a stopped worker and get its answer, bare: ${median(samples.boot).toFixed(1)} ms`,
      ],
    });
  } finally {
    await browser.close();
  }
}

async function openOurs(identifier: string, count: number): Promise<number> {
  const since = performance.now();
  const session = await bench.open({}, identifier);
  const { length } = session.tasks();
  const elapsedMs = performance.now() - since;
  if (length !== count) throw new Error(`${length} of ${count} tasks`);
  await session.close();
  return elapsedMs;
}

async function openToDeliver(identifier: string): Promise<number> {
  const delegate = { didComplete: () => {} };
  const since = performance.now();
  const session = await bench.open({ delegate }, identifier);
  const elapsedMs = performance.now() - since;
  await session.close();
  return elapsedMs;
}

async function openBare(identifier: string, count: number): Promise<number> {
  const since = performance.now();
  const rows = new Promise<unknown[]>((resolve) => {
    const opening = indexedDB.open("background-session:/");
    opening.onsuccess = () => {
      const tasks = opening.result.transaction("tasks").objectStore("tasks");
      const range = IDBKeyRange.bound([identifier], [identifier, []]);
      const reading = tasks.index("by-live").getAll(range);
      reading.onsuccess = () => {
        resolve(reading.result);
        opening.result.close();
      };
    };
  });
  const [{ length }] = await Promise.all([
    rows,
    navigator.serviceWorker.getRegistration(),
    navigator.locks.request("bare", () => {}),
  ]);
  const elapsedMs = performance.now() - since;
  if (length !== count) throw new Error(`${length} of ${count} rows`);
  return elapsedMs;
}

/** The least work of anything that needs an answer from the worker. */
async function wakeWorker(): Promise<number> {
  const since = performance.now();
  await bench.peer("ping");
  return performance.now() - since;
}
