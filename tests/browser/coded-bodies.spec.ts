import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";

/** Text, which compresses well. */
const PATH = "/files/text-4MB.txt";
const SIZE = 4_000_000;
/** Compressed it has 160 KB: the connection is lost in the middle of them. */
const LOST = "throttle=400KB&cut=100KB";

for (const length of ["", "&gzipLength=1"]) {
  const told = length === "" ? "" : " with Content-Length";
  const itsBreak = needs(length === "" ? "breaks-of-chunked-bodies" : "breaks-of-coded-bodies");

  test(`a server that compresses on request${told} is asked for uncompressed bytes`, async ({
    page,
    site,
  }) => {
    await startDownload(page, "auto", `${PATH}?gzip=auto${length}`);
    await expectFile(page, "auto", await site.sha256(PATH));
    expect(site.requests(PATH)[0]?.headers["accept-encoding"]).toBe("identity");
    expect(site.bytesSent(PATH)).toBe(SIZE);
  });

  test(`a download from a server that compresses on request${told} resumes after a break`, async ({
    page,
    site,
  }) => {
    await startDownload(page, "cut", `${PATH}?gzip=auto${length}&throttle=8MB&cut=2MB&cutTimes=1`);
    await expectFile(page, "cut", await site.sha256(PATH));
    expect(site.requests(PATH).map(({ status }) => status)).toEqual([206, 206]);
  });

  test(`a server that always compresses${told} gives the file`, async ({ page, site }) => {
    await startDownload(page, "force", `${PATH}?gzip=force${length}`);
    await expectFile(page, "force", await site.sha256(PATH));
  });

  test(
    `a server that always compresses${told} and breaks off is asked for the whole file again`,
    itsBreak,
    async ({ page, site }) => {
      const url = `${PATH}?gzip=force${length}&${LOST}&cutTimes=1`;
      await startDownload(page, "force-cut", url);
      await expectFile(page, "force-cut", await site.sha256(PATH));
      expect(site.requests(PATH).some(({ aborted }) => aborted)).toBe(true);
    },
  );

  for (const cors of ["basic", "expose"]) {
    const where = `across origins (cors=${cors})`;

    test(`a server that compresses on request${told} gives the file ${where}`, async ({ page, site }) => {
      await startDownload(page, "auto", `${site.crossOrigin}${PATH}?gzip=auto${length}&cors=${cors}`);
      await expectFile(page, "auto", await site.sha256(PATH));
      expect(site.requests(PATH)).toHaveLength(1);
    });

    test(`a server that always compresses${told} gives the file ${where}`, async ({ page, site }) => {
      await startDownload(page, "force", `${site.crossOrigin}${PATH}?gzip=force${length}&cors=${cors}`);
      await expectFile(page, "force", await site.sha256(PATH));
      expect(site.requests(PATH)).toHaveLength(1);
    });

    for (const gzip of ["auto", "force"]) {
      test(
        `gzip=${gzip}${told}: a download that breaks off ends in the whole file ${where}`,
        itsBreak,
        async ({ page, site }) => {
          const url = `${PATH}?gzip=${gzip}${length}&cors=${cors}&${LOST}&cutTimes=1`;
          await startDownload(page, "cut", `${site.crossOrigin}${url}`);
          await expectFile(page, "cut", await site.sha256(PATH));
          expect(site.requests(PATH)[0]?.bodyBytesSent).toBe(100_000);
          expect(site.requests(({ method }) => method === "OPTIONS")).toEqual([]);
        },
      );
    }
  }
}

test(
  "a cross-origin compressed body that breaks off before its compressed length is downloaded again",
  needs("breaks-of-chunked-bodies"),
  async ({ page, site }) => {
    // The compressed body also has this offset: the server answers the range, and the browser refuses it.
    const url = `${PATH}?gzip=force&cors=basic&throttle=40KB&cut=4KB&cutTimes=1`;
    await startDownload(page, "early", `${site.crossOrigin}${url}`);
    await expectFile(page, "early", await site.sha256(PATH));
  },
);
