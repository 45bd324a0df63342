import type { BenchPage } from "../browser.ts";
import { contest } from "../contest.ts";
import { besides, compared, type Figure } from "../figure.ts";
import { ANSWER_MS } from "../server.ts";
import type { Setting } from "../setting.ts";

const BODY = "x".repeat(1024);
/** To an HTTP/1.1 host, by default. */
const CONNECTIONS = 6;

/** N2: sending tasks that wait on disk, compared with workbox's replay and a loop that keeps nothing. */
export async function drain({ site, isQuick, repetitions, launch }: Setting): Promise<Figure[]> {
  const count = isQuick ? 60 : 1_000;
  const browser = await launch();
  try {
    const page = await browser.open(site.origin);
    const title = `drain ${count} POSTs`;
    const { ours, limit } = await contest(title, repetitions, {
      ours: () => drainTasks(page, count),
      limit: () => postAll(page, count),
    });
    const { workbox, serwist, transactions } = await contest(title, 1, {
      workbox: () => replay(page, "workbox", count),
      serwist: () => replay(page, "serwist", count),
      transactions: () =>
        aQuarterOf(count, (few) =>
          page.run((few, body) => bench.drainTransactions(few, "/post", body), few, BODY),
        ),
    });
    const once = ([elapsedMs]: readonly number[]) => ours.map(() => elapsedMs as number);
    return [
      compared({
        name: "N2 drain",
        title: `drain ${count} POSTs that are answered after ${ANSWER_MS} ms, until each answer is delivered`,
        ours,
        peer: once(workbox),
        peerName: "workbox's replay (once, a quarter of them, times four)",
        limit,
        limitName: "six bare loops of fetch, nothing stored",
        goals: { peer: 5, limit: 0.9 },
        notes: [
          besides("Serwist's replay, measured likewise", ours, once(serwist)),
          besides("@tanstack/offline-transactions in a page, likewise", ours, once(transactions)),
        ],
      }),
    ];
  } finally {
    await browser.close();
  }
}

/** The tasks are on disk and all become due at the same moment, when the clock starts. */
export function drainTasks(page: BenchPage, count: number): Promise<number> {
  return page.run(
    async (count, body) => {
      const { delegate, finished } = bench.completions(count);
      const session = await bench.open({ delegate });
      const due = Date.now() + 1_000 + count * 2;
      const tasks = Array.from({ length: count }, () =>
        session.dataTask({ url: "/post", method: "POST", body }, { earliestBeginDate: new Date(due) }),
      );
      await Promise.all(tasks.map((task) => task.resume()));
      await finished;
      const elapsedMs = Date.now() - due;
      await bench.drop(session);
      return elapsedMs;
    },
    count,
    BODY,
  );
}

/** @param loops how many requests are sent at once */
export function postAll(page: BenchPage, count: number, loops: number = CONNECTIONS): Promise<number> {
  return page.run(
    (count, body, loops) => bench.peer("postAll", count, "/post", body, loops),
    count,
    BODY,
    loops,
  );
}

/** @returns the milliseconds for `count` */
export function replay(page: BenchPage, queue: "workbox" | "serwist", count: number): Promise<number> {
  return aQuarterOf(count, (few) =>
    page.run(
      async (queue, few, body) => {
        await bench.peer("pushRequests", queue, few, "/post", body);
        return bench.peer("replay", queue);
      },
      queue,
      few,
      BODY,
    ),
  );
}

/**
 * Peers that send one after the other take a minute for each thousand, in which other load on the machine hardly shows:
 * a quarter is enough. A longer queue takes them no less for each.
 */
async function aQuarterOf(count: number, drain: (few: number) => Promise<number>): Promise<number> {
  return (await drain(count / 4)) * 4;
}
