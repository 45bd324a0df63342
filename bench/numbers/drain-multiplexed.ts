import { startHttp2Front } from "../../server/http2/front.ts";
import type { BenchPage } from "../browser.ts";
import { contest } from "../contest.ts";
import { compared, type Figure } from "../figure.ts";
import { ANSWER_MS } from "../server.ts";
import type { Setting } from "../setting.ts";
import { drainTasks, postAll, replay } from "./drain.ts";

/** As many as a host that multiplexes gets by default. */
const LOOPS = 32;

/** N2h: the same over HTTP/2, which takes many requests on one connection; and what the page's own requests lose by it. */
export async function drainMultiplexed({ site, isQuick, repetitions, launch }: Setting): Promise<Figure[]> {
  const count = isQuick ? 60 : 1_000;
  const front = await startHttp2Front(site.origin);
  const browser = await launch();
  try {
    const page = await browser.open(front.origin);
    const title = `drain ${count} POSTs over HTTP/2`;
    // The worker has to see the protocol once; it keeps that on disk.
    await drainTasks(page, 1);
    const { ours, limit } = await contest(title, repetitions, {
      ours: () => drainTasks(page, count),
      limit: () => postAll(page, count, LOOPS),
    });
    const { peer } = await contest(title, 1, { peer: () => replay(page, "workbox", count) });
    const beside = await contest(`${title}, and the page's own beside them`, repetitions, {
      ours: async () => {
        const draining = drainTasks(page, count);
        const slow = await slowestOf(page, count);
        await draining;
        return slow;
      },
      peer: () => slowestOf(page, count),
    });
    return [
      compared({
        name: "N2h drain over HTTP/2",
        title: `drain ${count} POSTs over HTTP/2 that are answered after ${ANSWER_MS} ms, until each answer is delivered`,
        ours,
        peer: ours.map(() => peer[0] as number),
        peerName: "workbox's replay (once, a quarter of them, times four)",
        limit,
        limitName: `${LOOPS} bare loops of fetch, nothing stored`,
        goals: { peer: 12, limit: 0.6 },
      }),
      compared({
        name: "N2h requests of the page meanwhile",
        title: "requests of the page meanwhile, one after the other: the 95th percentile",
        ours: beside.ours,
        peer: beside.peer,
        peerName: "the same without tasks",
        goals: { peer: 1 / 1.5 },
      }),
    ];
  } finally {
    await browser.close();
    await front.close();
  }
}

/** Requests from the page itself while `count` tasks are sent. @returns the 95th percentile, in milliseconds */
function slowestOf(page: BenchPage, count: number): Promise<number> {
  return page.run(async (count) => {
    // The tasks become due after a while, and then take nearly 4 ms each.
    await new Promise((resolve) => setTimeout(resolve, 1_500 + count * 2));
    const times: number[] = [];
    const end = performance.now() + 300 + count * 3.7;
    while (performance.now() < end) {
      const start = performance.now();
      await (await fetch("/post", { method: "POST", body: "x" })).arrayBuffer();
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    return times[Math.floor(times.length * 0.95)] as number;
  }, count);
}
