import type { IncomingMessage, ServerResponse } from "node:http";
import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { liveTask, receivedBytes } from "../support/live-task.ts";
import { rangesAsked } from "../support/ranges-asked.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { startDownload } from "../support/start-task.ts";
import { endOf, expectFailure, expectFile } from "../support/task-end.ts";

const PATH = "/files/2MB.bin";
const SIZE = 2_000_000;
/** By how much the server's body is too short or too long: see `length` in the server's README. */
const WRONG_BY = 1024;

test("a body of undeclared length becomes the file", async ({ page, site }) => {
  await startDownload(page, "unknown", `${PATH}?length=none&ranges=none&throttle=2MB`);
  await receivedBytes(page, "unknown", 100_000);
  expect((await liveTask(page, "unknown"))?.countOfBytesExpectedToReceive).toBe(-1);
  await expectFile(page, "unknown", await site.sha256(PATH));
  expect(site.bytesSent(PATH)).toBe(SIZE);
});

test("progress goes by what the app expects as long as the length is unknown, and by the length as soon as it is known", {
  tag: "@core",
}, async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const session = await app.open("test", { configuration: { transport: "worker" } });
    const expected = { countOfBytesClientExpectsToReceive: 4_000_000 };
    const progressOf = async (url: string) => {
      const task = session.downloadTask(url, expected);
      const first = task.progress.fraction;
      const { completed } = task;
      await task.resume();
      while (task.countOfBytesReceived < 100_000) await new Promise((resolve) => setTimeout(resolve, 20));
      const { countOfBytesReceived: received, countOfBytesExpectedToReceive: length, progress } = task;
      await completed;
      const { countOfBytesClientExpectsToReceive: kept } = task;
      const last = task.progress.fraction;
      return { first, last, length, kept, ratio: progress.fraction && received / progress.fraction };
    };
    return {
      unknown: await progressOf("/files/2MB.bin?length=none&ranges=none&throttle=2MB"),
      known: await progressOf("/files/2MB.bin?throttle=2MB"),
    };
  });
  const kept = { first: 0, last: 1, kept: 4_000_000 };
  expect(seen.unknown).toEqual({ ...kept, length: -1, ratio: expect.closeTo(4_000_000, 0) });
  expect(seen.known).toEqual({ ...kept, length: SIZE, ratio: expect.closeTo(SIZE, 0) });
});

test("a cross-origin body of undeclared length becomes the file", async ({ page, site }) => {
  await startDownload(page, "unknown", `${site.crossOrigin}${PATH}?length=none&cors=basic`);
  await expectFile(page, "unknown", await site.sha256(PATH));
  expect(site.bytesSent(PATH)).toBe(SIZE);
});

test(
  "a body of undeclared length resumes after a break",
  needs("breaks-of-chunked-bodies"),
  async ({ page, site }) => {
    const { firstAnswer, text } = unfinishedChunks(10_000);
    site.route("/chunks", (request, response) => {
      if (request.headers.range === "bytes=0-") return firstAnswer(response, 4_000);
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1]);
      const range = `bytes ${start}-${text.length - 1}/${text.length}`;
      response.writeHead(206, { etag: '"one"', "content-range": range }).end(text.slice(start));
    });
    await startDownload(page, "chunks", "/chunks");
    await expectFile(page, "chunks", sha256Of(text));
    expect(rangesAsked(site, "/chunks")).toEqual([0, 4_000]);
  },
);

test(
  "a range that the server caps is not taken for the end of a body of unknown length",
  needs("breaks-of-chunked-bodies"),
  async ({ page, site }) => {
    const { firstAnswer, text } = unfinishedChunks(10_000);
    site.route("/capped", (request, response) => {
      if (request.headers.range === "bytes=0-") return firstAnswer(response, 4_000);
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1]);
      const end = Math.min(start + 3_000, text.length);
      const range = `bytes ${start}-${end - 1}/${text.length}`;
      response.writeHead(206, { etag: '"one"', "content-range": range }).end(text.slice(start, end));
    });
    await startDownload(page, "capped", "/capped");
    await expectFile(page, "capped", sha256Of(text));
    expect(rangesAsked(site, "/capped")).toEqual([0, 4_000, 7_000]);
  },
);

test("a body that ends too early is resumed", async ({ page, site }) => {
  await startDownload(page, "short", `${PATH}?length=short&lengthTimes=1`);
  await expectFile(page, "short", await site.sha256(PATH));
  expect(rangesAsked(site, PATH)).toEqual([0, SIZE - WRONG_BY]);
  expect(site.bytesSent(PATH)).toBe(SIZE);
});

test("a body that ends too late is downloaded again", async ({ page, site }) => {
  await startDownload(page, "long", `${PATH}?length=long&lengthTimes=1`);
  await expectFile(page, "long", await site.sha256(PATH));
  expect(rangesAsked(site, PATH)).toEqual([0, 0]);
});

test("a body that always ends too late is an error and leaves no file", async ({ page, site }) => {
  await startDownload(page, "longer", `${PATH}?length=long`, { retry: { limit: 1 } });
  await expectFailure(page, "longer", "bad-response");
  expect(site.requests(PATH)).toHaveLength(2);
});

test("a body that always ends too early is an error and leaves no file", async ({ page, site }) => {
  site.route("/stuck", (request, response) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(206, { etag: '"one"', "content-range": `bytes ${start}-9/10` });
    response.end("0123".slice(start));
  });
  await startDownload(page, "stuck", "/stuck", { retry: { limit: 1 } });
  await expectFailure(page, "stuck", "network-lost");
  expect(rangesAsked(site, "/stuck")).toEqual([0, 4, 4]);
});

test("an empty body becomes an empty file, from the page's own origin and from another", async ({
  page,
  site,
}) => {
  await startDownload(page, "own", "/files/0B.bin");
  await startDownload(page, "another", `${site.crossOrigin}/files/0B.bin?cors=basic`);
  await expectFile(page, "own", sha256Of(""));
  expect(site.bytesSent(({ url }) => url === "/files/0B.bin")).toBeLessThan(200);
  await expectFile(page, "another", sha256Of(""));
});

test(
  "a 416 whose total equals the bytes on disk completes the download",
  needs("breaks-of-chunked-bodies"),
  async ({ page, site }) => {
    const { firstAnswer, text } = unfinishedChunks(10_000);
    site.route("/end", (request, response) => {
      if (request.headers.range === "bytes=0-") firstAnswer(response, text.length);
      else response.writeHead(416, { etag: '"one"', "content-range": `bytes */${text.length}` }).end();
    });
    await startDownload(page, "end", "/end");
    await expectFile(page, "end", sha256Of(text));
    expect(rangesAsked(site, "/end")).toEqual([0, text.length]);
  },
);

test(
  "a 416 with another total restarts the download",
  needs("breaks-of-chunked-bodies"),
  async ({ page, site }) => {
    const { firstAnswer, text } = unfinishedChunks(10_000);
    site.route("/gone", (request, response) => {
      const asked = site.requests("/gone").length;
      if (asked === 1) firstAnswer(response, text.length);
      else if (asked === 2) response.writeHead(416, { "content-range": "bytes */3" }).end();
      else response.writeHead(200, { etag: '"two"' }).end("new");
      void request;
    });
    await startDownload(page, "gone", "/gone");
    await expectFile(page, "gone", sha256Of("new"));
    expect(site.requests("/gone")).toHaveLength(3);
  },
);

test("a server that refuses every range is asked without one", async ({ page, site }) => {
  site.route("/no-ranges", (request, response) => {
    if (request.headers.range === undefined) response.writeHead(200).end("whole");
    else response.writeHead(416).end("no");
  });
  await startDownload(page, "no-ranges", "/no-ranges");
  await expectFile(page, "no-ranges", sha256Of("whole"));
  expect(rangesAsked(site, "/no-ranges")).toEqual([0, undefined]);
});

test("a file of many parts is assembled in order", async ({ page, site }) => {
  await startDownload(page, "large", "/files/64MiB.bin");
  const [file] = await endOf(page, "large");
  expect(file).toMatchObject({ sizeBytes: 64 * 2 ** 20, sha256: await site.sha256("/files/64MiB.bin") });
  expect(site.bytesSent("/files/64MiB.bin")).toBe(64 * 2 ** 20);
});

/** A chunked answer of unknown length that breaks off before its last chunk. */
function unfinishedChunks(length: number) {
  const text = "0123456789".repeat(length / 10);
  const firstAnswer = (response: ServerResponse<IncomingMessage>, sentBytes: number): void => {
    response.writeHead(200, { etag: '"one"', "transfer-encoding": "chunked" });
    // Closed only after the browser had time to read: bytes in flight are lost with the connection.
    response.write(text.slice(0, sentBytes), () => setTimeout(() => response.destroy(), 300));
  };
  return { firstAnswer, text };
}
