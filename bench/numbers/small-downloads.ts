import type { BenchPage } from "../browser.ts";
import { contest } from "../contest.ts";
import { besides, compared, type Figure } from "../figure.ts";
import type { Setting } from "../setting.ts";

const FILE_BYTES = 10_240;

/** N12: the job of offline packs: many short files, each of which is delivered to the app. */
export async function smallDownloads({ site, isQuick, repetitions, launch }: Setting): Promise<Figure[]> {
  const count = isQuick ? 60 : 1_000;
  const url = site.serveBytes(FILE_BYTES);
  const browser = await launch();
  try {
    const page = await browser.open(site.origin);
    const inLoops = (loops: number) =>
      page.run((count, url, loops) => bench.peer("storeFiles", count, url, loops), count, url, loops);
    const { ours, six, four } = await contest(`${count} small downloads`, repetitions, {
      ours: () => downloadAll(page, count, url),
      six: () => inLoops(6),
      four: () => inLoops(4),
    });
    return [
      compared({
        name: "N12 small downloads",
        title: `download ${count} files of 10 KiB, until each is delivered`,
        ours,
        limit: six,
        limitName: "six bare loops that store each as a Blob in a strict transaction",
        goals: { limit: 0.8 },
        // A visible page leaves four of the connections to an HTTP/1.1 host to downloads.
        notes: [besides("four such loops", ours, four)],
      }),
    ];
  } finally {
    await browser.close();
  }
}

function downloadAll(page: BenchPage, count: number, url: string): Promise<number> {
  return page.run(
    async (count, url) => {
      const { delegate, finished } = bench.completions(count);
      const session = await bench.open({ delegate });
      const since = performance.now();
      const tasks = Array.from({ length: count }, (_, index) => session.downloadTask(`${url}?n=${index}`));
      await Promise.all(tasks.map((task) => task.resume()));
      await finished;
      const elapsedMs = performance.now() - since;
      await bench.drop(session);
      return elapsedMs;
    },
    count,
    url,
  );
}
