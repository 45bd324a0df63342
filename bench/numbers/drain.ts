import type { BenchPage } from "../browser.ts";
import { contest } from "../contest.ts";
import { compared, type Figure } from "../figure.ts";
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
    // It takes a minute for each thousand, one after the other: other load on the machine hardly shows in it.
    const { peer } = await contest(title, 1, { peer: () => replay(page, count) }, { warmUps: 0 });
    return [
      compared({
        name: "N2 drain",
        title: `drain ${count} POSTs that are answered after ${ANSWER_MS} ms, until each answer is delivered`,
        ours,
        peer: ours.map(() => peer[0] as number),
        peerName: "workbox's replay (measured once)",
        limit,
        limitName: "six bare loops of fetch, nothing stored",
        goals: { peer: 5, limit: 0.9 },
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

export function replay(page: BenchPage, count: number): Promise<number> {
  return page.run(
    async (count, body) => {
      await bench.peer("pushRequests", count, "/post", body);
      return bench.peer("replay");
    },
    count,
    BODY,
  );
}
