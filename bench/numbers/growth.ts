import type { BenchPage } from "../browser.ts";
import { type ContestOptions, contest } from "../contest.ts";
import { compared, type Figure } from "../figure.ts";
import { MIB } from "../server.ts";
import type { Setting } from "../setting.ts";
import { downloadTask } from "./download.ts";
import { drainTasks, postAll } from "./drain.ts";
import { addRows, make } from "./make-tasks.ts";
import { measureOpen } from "./open.ts";

const REPETITIONS = 3;
/** From this amount on it takes minutes, and is measured once. */
const MANY = 1_001;

type Measure = (amount: number) => Promise<number>;

/** How the numbers grow: 100, 1,000 and 10,000 tasks; 64 MiB, 512 MiB and 4 GiB. */
export async function growth(setting: Setting): Promise<Figure[]> {
  const { site, isQuick, launch } = setting;
  const counts = isQuick ? [10, 100] : [100, 1_000, 10_000];
  const sizesMib = isQuick ? [16, 64] : [64, 512, 4_096];
  const browser = await launch();
  const figures: Figure[] = [];
  try {
    const page = await browser.open(site.origin);
    const made = series("make-tasks", "one strict transaction", counts, {
      ours: (count) => make(page, count),
      limit: (count) => addRows(page, count),
    });
    figures.push(...(await made));
    const drained = series("drain", "six bare loops", counts, {
      ours: (count) => drainTasks(page, count),
      limit: (count) => postAll(page, count),
    });
    figures.push(...(await drained));
    figures.push(...(await downloads(page, setting, sizesMib)));
  } finally {
    await browser.close();
  }
  for (const amount of counts) {
    const opened = await measureOpen(site.origin, { unfinished: 100, finished: amount }, REPETITIONS);
    figures.push({ ...opened, name: "open-growth", amount });
  }
  return figures;
}

function downloads(
  page: BenchPage,
  { site, settleDisk }: Setting,
  sizesMib: readonly number[],
): Promise<Figure[]> {
  return series(
    "download",
    "cache.put",
    sizesMib,
    {
      ours: (mib) => downloadTask(page, site.serveBytes(mib * MIB)),
      limit: (mib) => page.run((url) => bench.peer("cachePut", url), site.serveBytes(mib * MIB)),
    },
    { before: settleDisk },
  );
}

async function series(
  name: string,
  limitName: string,
  amounts: readonly number[],
  { ours, limit }: { readonly ours: Measure; readonly limit: Measure },
  options: ContestOptions = {},
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const amount of amounts) {
    const title = `${name} ${amount}`;
    const samples = await contest(
      title,
      amount >= MANY ? 1 : REPETITIONS,
      { ours: () => ours(amount), limit: () => limit(amount) },
      { ...options, warmUps: 0 },
    );
    figures.push(compared({ name: `${name}-growth`, title, amount, ...samples, limitName, goals: {} }));
  }
  return figures;
}
