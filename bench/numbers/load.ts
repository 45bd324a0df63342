import { setTimeout as pause } from "node:timers/promises";
import { BenchChromium, type BenchPage } from "../browser.ts";
import { bounded, type Figure } from "../figure.ts";
import { progress } from "../progress.ts";
import { MIB } from "../server.ts";
import type { Setting } from "../setting.ts";
import { drainTasks } from "./drain.ts";

/** Memory is measured when the browser has come to rest. */
const REST_MS = 5_000;
const TASKS_OF_EACH = 5;

/** Many tasks in a session, many sessions in a page, and many tabs: the cost of each must not grow. */
export async function load(setting: Setting): Promise<Figure[]> {
  return [...(await manyTasks(setting)), await manySessions(setting), ...(await manyTabs(setting))];
}

async function manyTasks({ site, isQuick }: Setting): Promise<Figure[]> {
  const amounts = isQuick ? [50, 100, 200] : [1_000, 3_000, 10_000];
  const browser = await BenchChromium.launch();
  try {
    const page = await browser.open(site.origin);
    await drainTasks(page, 50);
    await pause(REST_MS);
    const notes: string[] = [];
    const costs: number[] = [];
    let before = await browser.residentBytes();
    const grown: number[] = [];
    for (const amount of amounts) {
      progress(`load: ${amount} tasks`);
      const elapsedMs = await drainTasks(page, amount);
      await pause(REST_MS);
      const after = await browser.residentBytes();
      const heaps = await browser.heapBytes();
      costs.push(elapsedMs / amount);
      grown.push((after - before) / MIB);
      notes.push(
        `${amount} tasks: ${(elapsedMs / amount).toFixed(1)} ms each; all processes grew by ` +
          `${((after - before) / MIB).toFixed(0)} to ${(after / MIB).toFixed(0)} MiB; ` +
          `heap of the page ${(heaps.page / MIB).toFixed(1)}, of the worker ${(heaps.worker / MIB).toFixed(1)} MiB`,
      );
      before = after;
    }
    const times = (costs.at(-1) as number) / (costs[0] as number);
    return [
      bounded({
        ...{
          name: "load: time of many tasks",
          title: `time for each of ${amounts.at(-1)} tasks, compared with that of ${amounts[0]}`,
        },
        ...{ unit: "times", ours: times, limit: 1.5, notes },
      }),
      bounded({
        ...{
          name: "load: memory of many tasks",
          title: `memory left behind by ${amounts.at(-1)} tasks, all processes`,
        },
        ...{ unit: "MiB", ours: grown.at(-1) as number, limit: 150 },
      }),
    ];
  } finally {
    await browser.close();
  }
}

async function manySessions({ site, isQuick }: Setting): Promise<Figure> {
  const amounts = isQuick ? [3, 6] : [10, 100];
  const browser = await BenchChromium.launch();
  try {
    const page = await browser.open(site.origin);
    await drainTasks(page, 50);
    const notes: string[] = [];
    const costs: number[] = [];
    for (const amount of amounts) {
      progress(`load: ${amount} sessions`);
      const before = await browser.residentBytes();
      const elapsedMs = await page.run(runSessions, amount, TASKS_OF_EACH);
      costs.push(elapsedMs / amount);
      await pause(REST_MS);
      const kib = ((await browser.residentBytes()) - before) / 1024 / amount;
      notes.push(`${amount} sessions: ${costs.at(-1)?.toFixed(0)} ms and ${kib.toFixed(0)} KiB each`);
    }
    const times = (costs.at(-1) as number) / (costs[0] as number);
    return bounded({
      name: "load: many sessions",
      title: `time for each of ${amounts.at(-1)} sessions with ${TASKS_OF_EACH} tasks, compared with that of ${amounts[0]}`,
      ...{ unit: "times", ours: times, limit: 1.5, notes },
    });
  } finally {
    await browser.close();
  }
}

/** Runs in the page: sessions that are open at the same time, each with tasks. @returns milliseconds until all end */
async function runSessions(sessions: number, tasks: number): Promise<number> {
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: sessions }, async () => {
      const session = await bench.open();
      const made = Array.from({ length: tasks }, () =>
        session.dataTask({ url: "/post", method: "POST", body: "x" }),
      );
      for (const task of made) void task.resume();
      await Promise.all(made.map(({ completed }) => completed));
    }),
  );
  return performance.now() - begin;
}

async function manyTabs({ site, isQuick }: Setting): Promise<Figure[]> {
  const tabs = isQuick ? 5 : 50;
  const tasks = isQuick ? 20 : 200;
  const browser = await BenchChromium.launch();
  try {
    const first = await browser.open(site.origin);
    await drainTasks(first, 50);
    const alone = await runTasks(first, tasks);
    await pause(REST_MS);
    const before = await browser.residentBytes();
    progress(`load: ${tabs} tabs`);
    const others: BenchPage[] = [];
    while (others.length < tabs - 1) others.push(await browser.open(site.origin));
    await pause(REST_MS);
    const bare = await browser.residentBytes();
    for (const tab of others) await tab.run(async () => void (await bench.open({}, "load")));
    await pause(REST_MS);
    const open = await browser.residentBytes();
    const together = await runTasks(first, tasks);
    await pause(REST_MS);
    const after = await browser.residentBytes();
    const perTab = (bytes: number) => `${(bytes / MIB / (tabs - 1)).toFixed(2)} MiB`;
    const notes = [
      `a tab without a session ${perTab(bare - before)}, its session ${perTab(open - bare)} more, after ${tasks} tasks ${perTab(after - bare)} more`,
    ];
    return [
      bounded({
        ...{
          name: "N11 memory of a session in many tabs",
          title: `the cost of a session in each of ${tabs} tabs`,
        },
        ...{ unit: "MiB", ours: (after - bare) / MIB / (tabs - 1), limit: 4, notes },
      }),
      bounded({
        ...{
          name: "load: time in many tabs",
          title: `${tasks} tasks that ${tabs} tabs observe, compared with one tab`,
        },
        ...{ unit: "times", ours: together / alone, limit: Math.max(3, tabs / 5) },
        notes: [`alone ${alone.toFixed(0)} ms, together ${together.toFixed(0)} ms`],
      }),
    ];
  } finally {
    await browser.close();
  }
}

function runTasks(page: BenchPage, tasks: number): Promise<number> {
  return page.run(async (tasks) => {
    const session = bench.BackgroundSession.current("load") ?? (await bench.open({}, "load"));
    const begin = performance.now();
    const made = Array.from({ length: tasks }, () =>
      session.dataTask({ url: "/post", method: "POST", body: "x" }),
    );
    for (const task of made) void task.resume();
    await Promise.all(made.map(({ completed }) => completed));
    return performance.now() - begin;
  }, tasks);
}
