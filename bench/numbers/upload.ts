import { BenchChromium, type BenchPage } from "../browser.ts";
import { contest } from "../contest.ts";
import { besides, compared, type Figure } from "../figure.ts";
import { MIB } from "../server.ts";
import type { Setting } from "../setting.ts";

/** The library's largest chunk on a fast connection. */
const CHUNK_BYTES = 32 * MIB;

/** N4: an upload in chunks from its first request on, compared with tus-js-client in a page. */
export async function upload({ site, isQuick, repetitions, settleDisk }: Setting): Promise<Figure[]> {
  const sizeBytes = (isQuick ? 16 : 512) * MIB;
  const browser = await BenchChromium.launch();
  const stagingMs: number[] = [];
  try {
    const page = await browser.open(site.origin);
    await page.run((url) => bench.keepFile(url), site.serveBytes(sizeBytes));
    /** The clock starts at the first request that the server received. */
    const timed = async (send: () => Promise<number>): Promise<number> => {
      const endedAt = await send();
      const [first] = site.requests(({ path, method }) => path === "/tus" && method === "POST");
      const elapsedMs = endedAt - (first?.at ?? Number.NaN);
      await site.forget();
      return elapsedMs;
    };
    const { ours, peer, uppy, limit } = await contest(
      `upload ${sizeBytes / MIB} MiB`,
      repetitions,
      {
        ours: () => timed(() => uploadOurs(page, stagingMs)),
        peer: () => timed(() => uploadByPeer(page, "tus-js-client")),
        uppy: () => timed(() => uploadByPeer(page, "@uppy/tus")),
        limit: () =>
          timed(() =>
            page.run(async (bytes) => {
              await bench.peer("bareUpload", "/tus", bytes);
              return Date.now();
            }, CHUNK_BYTES),
          ),
      },
      { before: settleDisk },
    );
    return [
      compared({
        name: "N4 upload",
        title: `upload ${sizeBytes / MIB} MiB to a tus server in chunks of up to ${CHUNK_BYTES / MIB} MiB`,
        ours,
        peer,
        peerName: "tus-js-client in a page",
        limit,
        limitName: "a bare loop of PATCH in a worker",
        goals: { peer: 1 },
        notes: [
          besides("@uppy/tus in a page", ours, uppy),
          `staging, before the first request: ${Math.round(Math.min(...stagingMs))}–${Math.round(Math.max(...stagingMs))} ms`,
        ],
      }),
    ];
  } finally {
    await browser.close();
  }
}

async function uploadOurs(page: BenchPage, stagingMs: number[]): Promise<number> {
  const [endedAt, staging] = await page.run(async () => {
    const session = await bench.open({ delegate: {} });
    const file = await bench.keptFile();
    const since = performance.now();
    const task = session.uploadTask("/tus", file, { protocol: "tus" });
    const { completed } = task;
    await task.resume();
    const staging = performance.now() - since;
    const { error } = await completed;
    if (error !== undefined) throw error;
    const endedAt = Date.now();
    await bench.drop(session);
    return [endedAt, staging] as const;
  });
  stagingMs.push(staging);
  return endedAt;
}

function uploadByPeer(page: BenchPage, name: "tus-js-client" | "@uppy/tus"): Promise<number> {
  return page.run(
    async (name, chunkBytes) => {
      await bench.uploadByPeer(name, chunkBytes);
      return Date.now();
    },
    name,
    CHUNK_BYTES,
  );
}
