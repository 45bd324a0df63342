import { BenchChromium, type BenchPage } from "../browser.ts";
import { BenchBucket } from "../bucket.ts";
import { contest } from "../contest.ts";
import { compared, type Figure } from "../figure.ts";
import { MIB } from "../server.ts";
import type { Setting } from "../setting.ts";
import { settleDisk } from "../settle-disk.ts";

const PART_BYTES = 8 * MIB;
/** The parts that the AWS SDK sends at a time. */
const CONNECTIONS = 4;

/** N4 for S3: an upload in parts from its first request on, one part at a time as @uppy/aws-s3, and four as the AWS SDK. */
export async function uploadS3({ site, isQuick, repetitions }: Setting): Promise<Figure[]> {
  const sizeBytes = (isQuick ? 32 : 512) * MIB;
  const browser = await BenchChromium.launch();
  try {
    const page = await browser.open(site.origin);
    await page.run((url) => bench.keepFile(url), site.serveBytes(sizeBytes));
    const url = `${site.origin}/bucket/film`;
    /** The clock starts at the first request that the bucket received. */
    const timed = (send: () => Promise<number>) => async (): Promise<number> => {
      const bucket = new BenchBucket(site);
      const endedAt = await send();
      if (bucket.completed.join() !== String(sizeBytes)) throw new Error("The bucket has no whole object.");
      const [first] = site.requests(({ path, method }) => path === "/bucket/film" && method === "POST");
      await site.forget();
      return endedAt - (first?.at ?? Number.NaN);
    };
    const samples = await contest(
      `upload ${sizeBytes / MIB} MiB to a bucket`,
      repetitions,
      {
        ours: timed(() => uploadOurs(page, url, 1)),
        uppy: timed(() => page.run(uploadByUppy, url, PART_BYTES)),
        limit: timed(() => uploadBare(page, 1)),
        oursAtOnce: timed(() => uploadOurs(page, url, CONNECTIONS)),
        sdk: timed(() => page.run(uploadBySdk, PART_BYTES, CONNECTIONS)),
        limitAtOnce: timed(() => uploadBare(page, CONNECTIONS)),
      },
      { before: settleDisk },
    );
    const title = `upload ${sizeBytes / MIB} MiB to a bucket in parts of ${PART_BYTES / MIB} MiB`;
    return [
      compared({
        name: "N4 S3 upload",
        title: `${title}, one at a time`,
        ours: samples.ours,
        peer: samples.uppy,
        peerName: "@uppy/aws-s3 in a page",
        limit: samples.limit,
        limitName: "a bare loop of PUT in a worker",
        goals: { peer: 1 },
      }),
      compared({
        name: "N4 S3 upload, four at once",
        title: `${title}, ${CONNECTIONS} at a time`,
        ours: samples.oursAtOnce,
        peer: samples.sdk,
        peerName: "@aws-sdk/lib-storage in a page, its bodies made Blobs and not hashed",
        limit: samples.limitAtOnce,
        limitName: `${CONNECTIONS} bare loops of PUT in a worker`,
        goals: { peer: 1 },
      }),
    ];
  } finally {
    await browser.close();
  }
}

function uploadOurs(page: BenchPage, url: string, connections: number): Promise<number> {
  return page.run(
    async (url, connections) => {
      const serviceWorker = "/s3-worker.js";
      const session = await bench.open({ serviceWorker, delegate: {} });
      const task = session.uploadTask(url, await bench.keptFile(), { protocol: "s3", connections });
      const { completed } = task;
      await task.resume();
      const { error } = await completed;
      if (error !== undefined) throw error;
      const endedAt = Date.now();
      await bench.drop(session, serviceWorker);
      return endedAt;
    },
    url,
    connections,
  );
}

async function uploadByUppy(url: string, partBytes: number): Promise<number> {
  const { byUppy } = await bench.s3Peers();
  await byUppy(await bench.keptFile(), url, partBytes);
  return Date.now();
}

async function uploadBySdk(partBytes: number, connections: number): Promise<number> {
  const { bySdk } = await bench.s3Peers();
  await bySdk(await bench.keptFile(), location.origin, partBytes, connections);
  return Date.now();
}

function uploadBare(page: BenchPage, loops: number): Promise<number> {
  return page.run(
    async (bytes, loops) => {
      await bench.peer("bareParts", "/bucket/film", bytes, loops);
      return Date.now();
    },
    PART_BYTES,
    loops,
  );
}
