import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "../support/fixtures.ts";
import { writeNumberedFile } from "../support/numbered-file.ts";
import { endOf } from "../support/task-end.ts";
import { variantIf } from "../support/variants.ts";

const MIB = 1024 * 1024;
const SIZE = 512 * MIB;
/** Far less than the file: room for the browser's pipes and bookkeeping. */
const FLAT_BYTES = 150 * MIB;
/**
 * The bytes of a stream also pass through the page, and its chunks wait there for the garbage collector: 90 MiB on a quiet
 * machine, 277 beside four other browsers.
 */
const FLAT_STREAM_BYTES = 350 * MIB;

// One after the other: each keeps a whole core busy.
test.describe.configure({ mode: "default" });

for (const [protocol, isStream] of [
  [undefined, false],
  ["tus", false],
  ["ietf", false],
  [undefined, true],
] as const) {
  test(
    `512 MiB are uploaded in constant memory: ${protocol ?? "one request"}${isStream ? ", a stream" : ""}`,
    variantIf(protocol === "ietf"),
    async ({ browserApp, page, site }) => {
      test.slow();
      const directory = await mkdtemp(join(tmpdir(), "background-session-"));
      const path = join(directory, "film.mp4");
      await writeNumberedFile(path, SIZE);
      await browserApp.chooseFile(page, path);
      await page.evaluate(() => app.open());
      const before = await browserApp.residentBytes();
      let peak = before;
      let isOver = false;
      const watch = (async () => {
        while (!isOver) {
          peak = Math.max(peak, await browserApp.residentBytes());
          await new Promise((resolve) => setTimeout(resolve, 250));
        }
      })();
      const url = protocol === undefined ? "/echo" : `/${protocol}`;
      await page.evaluate(
        async ([url, protocol, isStream]) => {
          const session = app.BackgroundSession.current("test");
          const { chosen } = globalThis as unknown as { chosen: File };
          await session
            ?.uploadTask(
              url,
              isStream ? (chosen.stream() as ReadableStream<Uint8Array<ArrayBuffer>>) : chosen,
              { id: "film", ...(protocol !== undefined && { protocol }) },
            )
            .resume();
        },
        [url, protocol, isStream] as const,
      );
      const noted = await endOf(page, "film", 120_000);
      isOver = true;
      await watch;
      expect(noted).toMatchObject([{ type: "didComplete" }]);
      if (protocol !== undefined) {
        expect((await site.storedUploads(protocol)).map(({ sizeBytes }) => sizeBytes)).toEqual([SIZE]);
      } else {
        expect(JSON.parse(noted[0]?.text ?? "")).toMatchObject({ bodyBytes: SIZE });
      }
      expect(peak - before).toBeLessThan(isStream ? FLAT_STREAM_BYTES : FLAT_BYTES);
      await rm(directory, { recursive: true });
    },
  );
}
