import { expect, test } from "../support/fixtures.ts";
import { rangesAsked } from "../support/ranges-asked.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";

const PATH = "/files/2MB.bin";
const SIZE = 2_000_000;
const CUT = 1_000_000;
/** The connection is lost once, in the middle. */
const LOST = "throttle=4MB&cut=1MB&cutTimes=1";
/** The second version of the file, which differs in every byte. */
const NEXT = `${PATH}?seed=2`;

test("a file that changed is downloaded again if the server honours If-Range", async ({ page, site }) => {
  await startDownload(page, "changed", `${PATH}?${LOST}&change=after:1`);
  await expectFile(page, "changed", await site.sha256(NEXT));
  expect(site.requests(PATH).map(({ status }) => status)).toEqual([206, 200]);
  expect(site.bytesSent(PATH)).toBe(CUT + SIZE);
});

test("a file that changed is downloaded again if the server ignores If-Range", async ({ page, site }) => {
  await startDownload(page, "ignored", `${PATH}?${LOST}&change=after:1&ranges=ignore-if-range`);
  await expectFile(page, "ignored", await site.sha256(NEXT));
  const [, offset, again, ...others] = rangesAsked(site, PATH);
  expect(offset).toBeGreaterThan(0);
  expect(again).toBe(0);
  expect(others).toEqual([]);
});

test("a file without an ETag whose Last-Modified changed is downloaded again", async ({ page, site }) => {
  const url = `${PATH}?${LOST}&change=after:1&etag=none&ranges=ignore-if-range`;
  await startDownload(page, "date", url);
  await expectFile(page, "date", await site.sha256(NEXT));
  expect(rangesAsked(site, PATH)).toHaveLength(3);
});

test("a weak ETag that changed is no proof, whatever Last-Modified says", async ({ page, site }) => {
  const url = `${PATH}?${LOST}&change=after:1&etag=weak&lastModified=none&ranges=ignore-if-range`;
  await startDownload(page, "weak-changed", url);
  await expectFile(page, "weak-changed", await site.sha256(NEXT));
});

test("a file with a weak ETag resumes by its Last-Modified", async ({ page, site }) => {
  await startDownload(page, "weak", `${PATH}?${LOST}&etag=weak`);
  await expectFile(page, "weak", await site.sha256(PATH));
  const [first, second] = site.requests(PATH);
  expect(first?.headers["if-range"]).toBeUndefined();
  expect(second?.headers["if-range"]).toMatch(/ GMT$/);
  expect(second?.status).toBe(206);
  const [, offset = 0] = rangesAsked(site, PATH);
  expect(site.bytesSent(PATH)).toBe(CUT + SIZE - offset);
});

test("a file with only an ETag resumes by it", async ({ page, site }) => {
  await startDownload(page, "etag", `${PATH}?${LOST}&lastModified=none`);
  await expectFile(page, "etag", await site.sha256(PATH));
  expect(site.requests(PATH).map(({ status }) => status)).toEqual([206, 206]);
});

test("a file without any validator is downloaded again", async ({ page, site }) => {
  await startDownload(page, "none", `${PATH}?${LOST}&etag=none&lastModified=none`);
  await expectFile(page, "none", await site.sha256(PATH));
  expect(rangesAsked(site, PATH).map((offset) => offset ?? 0)).toEqual([0, 0]);
  expect(site.bytesSent(PATH)).toBe(CUT + SIZE);
});

test("a 200 in answer to a range request is the whole body, in a new file", async ({ page, site }) => {
  await startDownload(page, "unranged", `${PATH}?${LOST}&ranges=none`);
  await expectFile(page, "unranged", await site.sha256(PATH));
  expect(site.requests(PATH).map(({ status }) => status)).toEqual([200, 200]);
  expect(site.bytesSent(PATH)).toBe(CUT + SIZE);
});

test("a 206 that starts at another offset, or has another total, is not believed", async ({ page, site }) => {
  const urls = ["wrong-start", "wrong-total"].map((ranges) => `${PATH}?${LOST}&ranges=${ranges}`);
  for (const url of urls) await startDownload(page, url, url);
  for (const url of urls) {
    await expectFile(page, url, await site.sha256(PATH));
    expect(rangesAsked(site, url), url).toHaveLength(3);
  }
});

test("a server that caps its ranges is asked for one range after the other", async ({ page, site }) => {
  site.route("/capped", (request, response) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const end = Math.min(start + 4, 10);
    response.writeHead(206, { etag: '"one"', "content-range": `bytes ${start}-${end - 1}/10` });
    response.end("0123456789".slice(start, end));
  });
  await startDownload(page, "capped", "/capped");
  await expectFile(page, "capped", sha256Of("0123456789"));
  expect(rangesAsked(site, "/capped")).toEqual([0, 4, 8]);
});

test("a server that caps its ranges at one byte makes no real progress and is asked for the whole file", {
  tag: "@core",
}, async ({ page, site }) => {
  const text = "0123456789".repeat(70_000);
  site.route("/trickle", (request, response) => {
    const start = /bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1];
    if (start === undefined) return void response.writeHead(200, { etag: '"one"' }).end(text);
    const range = `bytes ${start}-${start}/${text.length}`;
    response.writeHead(206, { etag: '"one"', "content-range": range }).end(text[Number(start)]);
  });
  await startDownload(page, "trickle", "/trickle");
  await expectFile(page, "trickle", sha256Of(text));
  expect(rangesAsked(site, "/trickle")).toEqual([0, undefined]);
});
