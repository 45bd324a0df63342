import { contest } from "../contest.ts";
import { compared, type Figure } from "../figure.ts";
import type { Setting } from "../setting.ts";
import { downloadTask } from "./download.ts";

/** The page is visible, so that one of them is left for it. */
const CONNECTIONS = 4;
/** Three connections are nearly three times as fast, if each is slow; if none is, they cost little. */
const GOALS = { slow: 2.5, fast: 0.8 };

/** D8: a download in several ranges at once, compared with the same on one connection. */
export async function parallel(setting: Setting): Promise<Figure[]> {
  const { site, isQuick, repetitions, launch, settleDisk } = setting;
  const path = `/files/${isQuick ? "24MiB" : "64MiB"}.bin`;
  // The server computes it before the clock starts.
  await site.sha256(path);
  const browser = await launch();
  try {
    const page = await browser.open(site.origin);
    const measure = async (name: string, title: string, url: string, goal: number): Promise<Figure> => {
      const contestants = {
        ours: () => downloadTask(page, url, CONNECTIONS),
        one: () => downloadTask(page, url),
      };
      const { ours, one } = await contest(title, repetitions, contestants, { before: settleDisk });
      return compared({ name, title, ours, peer: one, peerName: "one connection", goals: { peer: goal } });
    };
    const title = `${path}, connections: ${CONNECTIONS}`;
    return [
      await measure(
        "D8 ranges, slow connections",
        `${title}, each throttled to 4 MB/s`,
        `${path}?throttle=4MB`,
        GOALS.slow,
      ),
      await measure("D8 ranges, fast connections", `${title}, not throttled`, path, GOALS.fast),
    ];
  } finally {
    await browser.close();
  }
}
