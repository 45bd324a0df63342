import { setTimeout as pause } from "node:timers/promises";
import type { BenchPage } from "../browser.ts";
import { contest } from "../contest.ts";
import { compared, type Figure } from "../figure.ts";
import type { Setting } from "../setting.ts";

const BODY = "x".repeat(1024);
const FILE_BYTES = 10_240;
/** What a browser still does after the last task, such as closing files. */
const AFTERMATH_MS = 1_000;

/** N9: processor time of all browser processes for each small task, from `resume()` to the acknowledgement. */
export async function cost({ site, isQuick, repetitions, launch }: Setting): Promise<Figure[]> {
  const count = isQuick ? 60 : 500;
  const url = site.serveBytes(FILE_BYTES);
  const browser = await launch();
  try {
    const page = await browser.open(site.origin);
    const perTask = async (work: () => Promise<unknown>): Promise<number> => {
      const before = await browser.processorMs();
      await work();
      await pause(AFTERMATH_MS);
      return ((await browser.processorMs()) - before) / count;
    };
    const run = async (kind: "post" | "download"): Promise<number> => {
      const spent = await perTask(() => runTasks(page, kind, count, kind === "post" ? BODY : url));
      await dropTasks(page);
      return spent;
    };
    const posts = await contest(`cost of ${count} POSTs`, repetitions, {
      ours: () => run("post"),
      limit: () =>
        perTask(() => page.run((n, body) => bench.peer("postAndStore", n, "/post", body), count, BODY)),
    });
    const files = await contest(`cost of ${count} small downloads`, repetitions, {
      ours: () => run("download"),
      limit: () => perTask(() => page.run((n, url) => bench.peer("storeFiles", n, url), count, url)),
    });
    return [
      compared({
        name: "N9 cost of a POST",
        title: "processor time of all browser processes for each POST of 1 KiB, made to acknowledged",
        ...posts,
        limitName: "a bare fetch and a bare strict transaction of its row",
        goals: { limit: 0.5 },
      }),
      compared({
        name: "N9 cost of a small download",
        title: "the same for each download of 10 KiB",
        ...files,
        limitName: "a bare fetch and a bare strict transaction of its Blob",
        goals: { limit: 0.5 },
      }),
    ];
  } finally {
    await browser.close();
  }
}

/** @param argument the body to post, or the URL to download */
function runTasks(
  page: BenchPage,
  kind: "post" | "download",
  count: number,
  argument: string,
): Promise<void> {
  return page.run(
    async (kind, count, argument) => {
      const { delegate, finished } = bench.completions(count);
      const session = await bench.open({ delegate }, "cost");
      const make = (index: number) =>
        kind === "post"
          ? session.dataTask({ url: "/post", method: "POST", body: argument })
          : session.downloadTask(`${argument}?n=${index}`);
      await Promise.all(Array.from({ length: count }, (_, index) => make(index).resume()));
      await finished;
    },
    kind,
    count,
    argument,
  );
}

function dropTasks(page: BenchPage): Promise<void> {
  return page.run(async () => {
    const session = bench.BackgroundSession.current("cost");
    if (session !== undefined) await bench.drop(session);
  });
}
