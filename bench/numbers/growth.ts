import { contest } from "../contest.ts";
import { compared, type Figure } from "../figure.ts";
import { flushDisk } from "../flush-disk.ts";
import { MIB } from "../server.ts";
import type { Setting } from "../setting.ts";
import { downloadTask } from "./download.ts";
import { drainTasks, postAll } from "./drain.ts";
import { addRows, make } from "./make-tasks.ts";
import { measureOpen } from "./open.ts";

const REPETITIONS = 3;

/** How the numbers grow: 100, 1,000 and 10,000 tasks; 64 MiB, 512 MiB and 4 GiB. */
export async function growth(setting: Setting): Promise<Figure[]> {
  const { site, isQuick, launch } = setting;
  const figures: Figure[] = [];
  const browser = await launch();
  try {
    const page = await browser.open(site.origin);
    for (const amount of isQuick ? [10, 100] : [100, 1_000, 10_000]) {
      const made = await contest(`make ${amount}`, REPETITIONS, {
        ours: () => make(page, amount),
        limit: () => addRows(page, amount),
      });
      const limitName = "one strict transaction of bare rows";
      figures.push(
        compared({
          name: "make-tasks-growth",
          title: `make ${amount} tasks`,
          amount,
          ...made,
          limitName,
          goals: {},
        }),
      );
      // Ten thousand take a minute and a half, each time.
      const times = amount > 1_000 ? 1 : REPETITIONS;
      const drained = await contest(
        `drain ${amount}`,
        times,
        { ours: () => drainTasks(page, amount), limit: () => postAll(page, amount) },
        { warmUps: 0 },
      );
      const title = `drain ${amount} POSTs`;
      figures.push(
        compared({ name: "drain-growth", title, amount, ...drained, limitName: "six bare loops", goals: {} }),
      );
    }
    for (const amount of isQuick ? [16, 64] : [64, 512, 4096]) {
      const path = site.serveBytes(amount * MIB);
      const downloaded = await contest(
        `download ${amount} MiB`,
        REPETITIONS,
        {
          ours: () => downloadTask(page, path),
          limit: () => page.run((url) => bench.peer("cachePut", url), path),
        },
        { before: flushDisk },
      );
      const title = `download ${amount} MiB`;
      figures.push(
        compared({
          name: "download-growth",
          title,
          amount,
          ...downloaded,
          limitName: "cache.put",
          goals: {},
        }),
      );
    }
  } finally {
    await browser.close();
  }
  for (const amount of isQuick ? [10, 100] : [100, 1_000, 10_000]) {
    const opened = await measureOpen(site.origin, { unfinished: 100, finished: amount }, REPETITIONS);
    figures.push({ ...opened, name: "open-growth", amount });
  }
  return figures;
}
