import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

/** Text, which compresses well. */
const PATH = "/files/text-4MB.txt";
const SIZE = 4_000_000;
/** Compressed it has 160 KB: the connection is lost in the middle of them. */
const LOST = "throttle=400KB&cut=100KB";

/** Without and with a Content-Length. */
const LENGTHS = ["", "&gzipLength=1"] as const;
const CODINGS = ["auto", "force"] as const;
const CORS = ["basic", "expose"] as const;

/** Starts downloads side by side, each of which has its URL as its id. */
async function startAll(page: TestPage, urls: readonly string[], origin = ""): Promise<void> {
  for (const url of urls) await startDownload(page, url, origin + url);
}

test("a server that compresses on request, with Content-Length or without, is asked for uncompressed bytes", async ({
  page,
  site,
}) => {
  const urls = LENGTHS.map((length) => `${PATH}?gzip=auto${length}`);
  await startAll(page, urls);
  for (const url of urls) {
    await expectFile(page, url, await site.sha256(PATH));
    expect(site.requests(url)[0]?.headers["accept-encoding"], url).toBe("identity");
    expect(site.bytesSent(url), url).toBe(SIZE);
  }
});

test("a download from a server that compresses on request, with Content-Length or without, resumes after a break", async ({
  page,
  site,
}) => {
  const urls = LENGTHS.map((length) => `${PATH}?gzip=auto${length}&throttle=8MB&cut=2MB&cutTimes=1`);
  await startAll(page, urls);
  for (const url of urls) {
    await expectFile(page, url, await site.sha256(PATH));
    expect(
      site.requests(url).map(({ status }) => status),
      url,
    ).toEqual([206, 206]);
  }
});

test("a server that always compresses, with Content-Length or without, gives the file", async ({
  page,
  site,
}) => {
  const urls = LENGTHS.map((length) => `${PATH}?gzip=force${length}`);
  await startAll(page, urls);
  for (const url of urls) await expectFile(page, url, await site.sha256(PATH));
});

test("a server of another origin that compresses, on request or always, gives the file", async ({
  page,
  site,
}) => {
  const urls = CORS.flatMap((cors) =>
    CODINGS.flatMap((gzip) => LENGTHS.map((length) => `${PATH}?gzip=${gzip}${length}&cors=${cors}`)),
  );
  await startAll(page, urls, site.crossOrigin);
  for (const url of urls) {
    await expectFile(page, url, await site.sha256(PATH));
    expect(site.requests(url), url).toHaveLength(1);
  }
});

for (const length of LENGTHS) {
  const told = length === "" ? "" : " with Content-Length";
  const itsBreak = needs(length === "" ? "breaks-of-chunked-bodies" : "breaks-of-coded-bodies");

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

  test(
    `a download from a server of another origin that compresses${told} and breaks off ends in the whole file`,
    itsBreak,
    async ({ page, site }) => {
      const urls = CORS.flatMap((cors) =>
        CODINGS.map((gzip) => `${PATH}?gzip=${gzip}${length}&cors=${cors}&${LOST}&cutTimes=1`),
      );
      await startAll(page, urls, site.crossOrigin);
      for (const url of urls) {
        await expectFile(page, url, await site.sha256(PATH));
        expect(site.requests(url)[0]?.bodyBytesSent, url).toBe(100_000);
      }
      expect(site.requests(({ method }) => method === "OPTIONS")).toEqual([]);
    },
  );
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
