import type { BenchPage } from "../browser.ts";
import { contest, median, pairedRatios } from "../contest.ts";
import { besides, bounded, compared, type Figure } from "../figure.ts";
import type { Setting } from "../setting.ts";

const BODY_BYTES = 1024;
/** The most that ten times as many tasks may cost. */
const MOST_TIMES = 12;

/**
 * N1: making tasks with a body of 1 KiB until they are durable, compared with pushing requests into workbox's queue.
 */
export async function makeTasks(setting: Setting): Promise<Figure[]> {
  const { site, isQuick, repetitions, launch } = setting;
  const count = isQuick ? 100 : 1_000;
  const browser = await launch();
  try {
    const page = await browser.open(site.origin);
    const again: number[] = [];
    const { ours, peer, serwist, limit } = await contest(`make ${count} tasks`, repetitions, {
      ours: async () => {
        const { madeMs, againMs } = await makeAnd(page, count, true);
        again.push(againMs);
        return madeMs;
      },
      peer: () => push(page, "workbox", count),
      serwist: () => push(page, "serwist", count),
      limit: () => addRows(page, count),
    });
    const { few, many } = await contest(
      "ten times as many",
      isQuick ? 1 : 3,
      { few: () => inFreshBrowser(setting, count), many: () => inFreshBrowser(setting, count * 10) },
      { warmUps: 0 },
    );
    return [
      compared({
        name: "N1 make tasks",
        title: `make ${count} tasks with a body of 1 KiB, durable (strict)`,
        ours,
        peer,
        peerName: "awaiting Queue.pushRequest of workbox",
        limit,
        limitName: "one strict transaction of bare rows",
        goals: { peer: 15 },
        notes: [
          besides("awaiting BackgroundSyncQueue.pushRequest of Serwist", ours, serwist),
          besides(
            "the same rows once more, in a bare transaction of a store of the same form",
            ours,
            again.slice(-ours.length),
          ),
        ],
      }),
      bounded({
        name: "N1 make ten times as many",
        title: `make ${count * 10} tasks: cost as a multiple of ${count} tasks`,
        unit: "times",
        ours: median(pairedRatios(few, many)),
        limit: MOST_TIMES,
        notes: [`${Math.round(median(many))} ms, each in a fresh browser, after a first thousand`],
      }),
    ];
  } finally {
    await browser.close();
  }
}

/**
 * A fresh browser has nothing to clear: the deletion of ten thousand rows goes on in the background for a long time.
 */
async function inFreshBrowser({ site, launch }: Setting, count: number): Promise<number> {
  const browser = await launch();
  try {
    const page = await browser.open(site.origin);
    await make(page, 1_000);
    return await make(page, count);
  } finally {
    await browser.close();
  }
}

/** @returns milliseconds */
export async function make(page: BenchPage, count: number): Promise<number> {
  return (await makeAnd(page, count, false)).madeMs;
}

/** Makes tasks that are due tomorrow, so that nothing is sent meanwhile, and may store their rows once more. */
function makeAnd(
  page: BenchPage,
  count: number,
  isAgain: boolean,
): Promise<{ madeMs: number; againMs: number }> {
  return page.run(
    async (count, bytes, isAgain) => {
      const session = await bench.open();
      const body = "x".repeat(bytes);
      const earliestBeginDate = new Date(Date.now() + 86_400_000);
      const since = performance.now();
      const stored: Promise<unknown>[] = [];
      for (let index = 0; index < count; index += 1) {
        const task = session.dataTask({ url: "/post", method: "POST", body }, { earliestBeginDate });
        stored.push(task.resume());
      }
      await Promise.all(stored);
      const madeMs = performance.now() - since;
      const againMs = isAgain ? await bench.storeAgain(session.identifier) : 0;
      await bench.drop(session);
      return { madeMs, againMs };
    },
    count,
    BODY_BYTES,
    isAgain,
  );
}

async function push(page: BenchPage, queue: "workbox" | "serwist", count: number): Promise<number> {
  return page.run(
    async (queue, count, bytes) => {
      const elapsedMs = await bench.peer("pushRequests", queue, count, "/post", "x".repeat(bytes));
      await bench.peer("clearQueue", queue);
      return elapsedMs;
    },
    queue,
    count,
    BODY_BYTES,
  );
}

export function addRows(page: BenchPage, count: number): Promise<number> {
  return page.run(
    async (count, bytes) => {
      const name = `bare-${crypto.randomUUID()}`;
      const opening = indexedDB.open(name);
      opening.onupgradeneeded = () => opening.result.createObjectStore("rows", { keyPath: "id" });
      await new Promise((resolve) => {
        opening.onsuccess = resolve;
      });
      const since = performance.now();
      const tx = opening.result.transaction("rows", "readwrite", { durability: "strict" });
      for (let index = 0; index < count; index += 1) {
        const body = new TextEncoder().encode("x".repeat(bytes)).buffer;
        tx.objectStore("rows").add({
          id: crypto.randomUUID(),
          url: "/post",
          method: "POST",
          headers: {},
          body,
        });
      }
      await new Promise((resolve) => {
        tx.oncomplete = resolve;
      });
      const elapsedMs = performance.now() - since;
      opening.result.close();
      indexedDB.deleteDatabase(name);
      return elapsedMs;
    },
    count,
    BODY_BYTES,
  );
}
