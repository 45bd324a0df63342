import type { IncomingMessage, ServerResponse } from "node:http";
import send from "send";
import type { TestServer } from "../../server/server.ts";
import { expect, test } from "../support/fixtures.ts";
import { rangesAsked } from "../support/ranges-asked.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { startDownload, startTask } from "../support/start-task.ts";
import { endOf, expectFailure, expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";
import { bytesOfVersion, cutAfter, VersionedFile } from "../support/versioned-file.ts";

/**
 * Evidence at hand is used: what an answer says about itself is compared with what it is taken for, and bytes on disk
 * are not given up for an answer that says nothing about them.
 */

const CUT = 100_000;
const ONE = bytesOfVersion(1);
const TWO = bytesOfVersion(2);
const OLD = Date.UTC(2024, 0, 1);

/** Answers range requests with `bytes`, and adds the headers `names`. */
function serveRange(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array,
  names: Record<string, string>,
): void {
  const start = /^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1];
  const from = Number(start ?? 0);
  const range =
    start === undefined ? {} : { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
  const length = { "content-length": String(bytes.length - from) };
  response.writeHead(start === undefined ? 200 : 206, { ...names, ...range, ...length });
  response.write(bytes.subarray(from));
  response.end();
}

/** Serves version 1 until the connection breaks in the middle, and calls `then` from the second request on. */
function breakOnce(
  site: TestServer,
  path: string,
  first: Record<string, string>,
  then: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  let count = 0;
  site.route(path, (request, response) => {
    if (request.method !== "GET") return void response.writeHead(405).end();
    count += 1;
    if (count > 1) return then(request, response);
    cutAfter(response, CUT);
    serveRange(request, response, ONE, first);
  });
}

test("a file that `send` serves and that changed within one second is downloaded again: its weak ETag differs", {
  tag: "@core",
}, async ({ page, site }) => {
  const file = await VersionedFile.make();
  await file.write(1, OLD + 100);
  let count = 0;
  site.route("/sent", async (request, response) => {
    count += 1;
    if (count === 1) cutAfter(response, CUT);
    if (count === 2) await file.write(2, OLD + 700);
    send({ method: "GET", headers: request.headers }, file.name, { root: file.directory }).pipe(response);
  });
  await startDownload(page, "sent", "/sent");
  await expectFile(page, "sent", sha256Of(TWO));
  // The server considered the condition fulfilled.
  expect(site.requests("/sent")[1]).toMatchObject({ status: 206 });
  await file.remove();
});

/** The page's own origin, and another one. */
const PLACES = ["own", "another"] as const;

function addressAt(site: TestServer, where: (typeof PLACES)[number], path: string): string {
  return where === "own" ? path : `${site.crossOrigin}${path}?cors=expose`;
}

test("a weak ETag that differs disproves an unchanged Last-Modified, from the page's own origin and from another", async ({
  page,
  site,
}) => {
  const modified = { "last-modified": new Date(OLD).toUTCString() };
  for (const where of PLACES) {
    breakOnce(site, `/weak/${where}`, { ...modified, etag: 'W/"1"' }, (request, response) =>
      serveRange(request, response, TWO, { ...modified, etag: 'W/"2"' }),
    );
    await startDownload(page, where, addressAt(site, where, `/weak/${where}`));
  }
  for (const where of PLACES) await expectFile(page, where, sha256Of(TWO));
});

test("an unchanged weak ETag lets the download resume, from the page's own origin and from another", async ({
  page,
  site,
}) => {
  const names = { "last-modified": new Date(OLD).toUTCString(), etag: 'W/"1"' };
  for (const where of PLACES) {
    const path = `/same/${where}`;
    breakOnce(site, path, names, (request, response) => serveRange(request, response, ONE, names));
    await startDownload(page, where, addressAt(site, where, path));
  }
  for (const where of PLACES) {
    await expectFile(page, where, sha256Of(ONE));
    expect(rangesAsked(site, `/same/${where}`), where).toEqual([where === "own" ? 0 : undefined, CUT]);
  }
});

test("a file written in the same second in which it was sent is not resumed, with an ETag or without, from the page's own origin and from another", async ({
  page,
  site,
}) => {
  const etags = {
    "no-etag": {},
    // As nginx and Caddy make it: strong, and the same for both versions.
    "etag-of-that-second": { etag: '"6b0aeb95-30d40"' },
  };
  const paths = PLACES.flatMap((where) => Object.keys(etags).map((tag) => `/fresh/${where}/${tag}`));
  for (const where of PLACES) {
    for (const [tag, etag] of Object.entries(etags)) {
      const path = `/fresh/${where}/${tag}`;
      const now = new Date().toUTCString();
      const names = { "last-modified": now, date: now, ...etag };
      breakOnce(site, path, names, (request, response) => serveRange(request, response, TWO, names));
      await startDownload(page, path, addressAt(site, where, path));
    }
  }
  for (const path of paths) {
    await expectFile(page, path, sha256Of(TWO));
    const [, again] = rangesAsked(site, path);
    expect(again ?? 0, path).toBe(0);
  }
});

test("a file written one second before it was sent, by the server's clock, is resumed", async ({
  page,
  site,
}) => {
  const now = Date.now();
  const names = {
    "last-modified": new Date(now - 1_000).toUTCString(),
    date: new Date(now).toUTCString(),
  };
  breakOnce(site, "/second", names, (request, response) => serveRange(request, response, ONE, names));
  await startDownload(page, "second", "/second");
  await expectFile(page, "second", sha256Of(ONE));
  expect(rangesAsked(site, "/second")).toEqual([0, CUT]);
});

test.describe("a 206 without a range request", () => {
  const SOME = { etag: '"1"', "content-range": `bytes 0-999/${ONE.length}` };

  function serveSome(site: TestServer, path: string): void {
    site.route(path, (request, response) => {
      if (request.headers.range !== undefined) serveRange(request, response, ONE, { etag: '"1"' });
      else response.writeHead(206, SOME).end(ONE.subarray(0, 1_000));
    });
  }

  test("is the beginning of a file, and the rest is requested", async ({ page, site }) => {
    serveSome(site, "/some");
    await startDownload(page, "some", `${site.crossOrigin}/some?cors=expose`);
    await expectFile(page, "some", sha256Of(ONE));
    expect(rangesAsked(site, "/some")).toEqual([undefined, 1_000]);
  });

  test("is not a file if its Content-Range is hidden", async ({ page, site }) => {
    serveSome(site, "/hidden");
    await startDownload(page, "hidden", `${site.crossOrigin}/hidden?cors=basic`, { retry: { limit: 1 } });
    await expectFailure(page, "hidden", "bad-response");
  });

  test("is passed unchanged to a data task", async ({ page, site }) => {
    serveSome(site, "/data");
    await startTask(page, "dataTask", "data", `${site.crossOrigin}/data?cors=expose`);
    expect(await endOf(page, "data")).toEqual([
      expect.objectContaining({ type: "didComplete", status: 206 }),
    ]);
    expect(site.requests("/data")).toHaveLength(1);
  });

  test("is passed unchanged to a download whose app set a Range", async ({ page, site }) => {
    site.route("/own", (_, response) => void response.writeHead(206, SOME).end(ONE.subarray(0, 1_000)));
    await startDownload(page, "own", "/own");
    await startTask(page, "downloadTask", "ranged", { url: "/own?x", headers: { range: "bytes=0-999" } });
    await expectFile(page, "ranged", sha256Of(ONE.subarray(0, 1_000)), { status: 206 });
  });
});

test("a 200 with a Content-Range is not taken for the whole file", async ({ page, site }) => {
  site.route("/part", (request, response) => {
    const isRanged = request.headers.range !== undefined;
    const part = isRanged ? { "content-range": `bytes 0-999/${ONE.length}` } : {};
    response.writeHead(200, { etag: '"1"', ...part }).end(isRanged ? ONE.subarray(0, 1_000) : ONE);
  });
  await startDownload(page, "part", "/part");
  await expectFile(page, "part", sha256Of(ONE));
});

test.describe("a refusal of a request with the range that we add", () => {
  /** Refuses every range with this status, and loses the connection of the first request without one. */
  function serveWithoutRanges(site: TestServer, path: string, status: number): void {
    let plain = 0;
    site.route(path, (request, response) => {
      if (request.headers.range !== undefined) return void response.writeHead(status).end("no ranges");
      plain += 1;
      if (plain === 1) cutAfter(response, CUT);
      serveRange(request, response, ONE, { etag: '"1"' });
    });
  }

  test("with 400, 403 or 501 is followed by one request without the range", async ({ page, site }) => {
    const paths = [400, 403, 501].map((status) => `/plain/${status}`);
    for (const path of paths) {
      serveWithoutRanges(site, path, Number(path.split("/").at(-1)));
      await startDownload(page, path, path, { retry: { limit: 0 } });
    }
    for (const path of paths) {
      await expectFile(page, path, sha256Of(ONE));
      // The refusal is still remembered after the connection breaks.
      expect(rangesAsked(site, path), path).toEqual([0, undefined, undefined]);
    }
  });

  test("with 503 is followed by a retry without the range", async ({ page, site }) => {
    site.route("/busy", (request, response) => {
      if (request.headers.range !== undefined) response.writeHead(503).end("no ranges");
      else serveRange(request, response, ONE, { etag: '"1"' });
    });
    await startDownload(page, "busy", "/busy");
    await expectFile(page, "busy", sha256Of(ONE));
  });

  test("is the answer if the request without the range is refused too", async ({ page, site }) => {
    for (const [status, requests] of [
      [403, 2],
      [404, 1],
    ] as const) {
      const path = `/status/${status}`;
      await startDownload(page, path, path);
      const [file, end] = await endOf(page, path);
      expect([file?.type, end?.status]).toEqual(["didFinishDownloading", status]);
      expect(site.requests(path)).toHaveLength(requests);
    }
  });
});

test.describe("a URL that expires during the download", () => {
  const EXPIRED = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";

  /** Downloads `?key=1` until it has expired, goes on with `?key=2`, and returns what both tasks show. */
  function renewedStory(page: TestPage, id: string, url: string) {
    return page.evaluate(
      async ({ id, url }) => {
        const session = app.BackgroundSession.current("test") ?? (await app.open());
        const task = session.downloadTask(`${url}&key=1`, { id: `first ${id}` });
        await task.resume();
        const { file, error } = await task.completed;
        const resumeData = error?.resumeData;
        if (resumeData === undefined) throw new Error(`no resume data: ${error?.code}`);
        const failed = {
          hasFile: file !== undefined,
          code: error?.code,
          message: error?.message,
          status: task.response?.status,
          received: task.countOfBytesReceived,
        };
        const next = session.downloadTask({ resumeData, request: `${url}&key=2` }, { id: `next ${id}` });
        await next.resume();
        const { response } = await next.completed;
        const shown = [
          response?.status,
          response?.headers.get("content-length"),
          response?.headers.get("content-type"),
        ];
        return { failed, shown, requested: next.originalRequest.url };
      },
      { id, url },
    );
  }

  /** `?key=1` serves half of the file, `?key=2` all of it. */
  function serveSigned(site: TestServer, path: string, status: number, names: Record<string, string>): void {
    let count = 0;
    site.route(path, (request, response) => {
      if (request.url?.includes("key=2")) return serveRange(request, response, ONE, names);
      count += 1;
      if (count > 1)
        return void response.writeHead(status, { "content-type": "application/xml" }).end(EXPIRED);
      cutAfter(response, CUT);
      serveRange(request, response, ONE, names);
    });
  }

  test("keeps the bytes, and a new URL resumes, from the page's own origin and from another", async ({
    page,
    site,
  }) => {
    const names = { etag: '"1"', "last-modified": new Date(OLD).toUTCString(), "content-type": "x/y" };
    for (const [where, status] of [
      ["own", 403],
      ["another", 400],
    ] as const) {
      const path = `/signed/${where}`;
      serveSigned(site, path, status, names);
      const base = where === "own" ? "" : site.crossOrigin;
      const story = await renewedStory(page, where, `${base}${path}?cors=basic`);
      expect(story.failed, where).toEqual({
        hasFile: false,
        code: "bad-response",
        message: expect.stringContaining(`HTTP ${status}`),
        status,
        received: CUT,
      });
      expect(story.failed.message, where).toContain(`${CUT} bytes`);
      expect(story.failed.message, where).toContain("downloadTask({ resumeData, request })");
      expect(story.shown, where).toEqual([200, String(ONE.length), "x/y"]);
      expect(story.requested, where).toContain("key=2");
      await expectFile(page, `next ${where}`, sha256Of(ONE));
      await expectFailure(page, `first ${where}`, "bad-response");
      const asked = site.requests(({ path: asked, url }) => asked === path && url.includes("key=2"));
      expect(
        asked.map(({ headers, status }) => [headers.range, status]),
        where,
      ).toEqual([[`bytes=${CUT}-`, 206]]);
    }
  });

  test("makes the task wait if its status is one of waitStatuses", async ({ page, site }) => {
    serveSigned(site, "/waits", 403, { etag: '"1"' });
    const activity = await page.evaluate(async () => {
      const session = await app.open("test", { configuration: { waitStatuses: [403] } });
      const task = session.downloadTask("/waits?key=1", { id: "waits" });
      await task.resume();
      while (task.activity !== "needs-authorization") await new Promise((resolve) => setTimeout(resolve, 50));
      return [task.state, task.countOfBytesReceived];
    });
    expect(activity).toEqual(["running", CUT]);
  });

  test("keeps the bytes even if the new URL serves another file", async ({ page, site }) => {
    serveSigned(site, "/other", 403, { etag: '"1"' });
    site.serve("/elsewhere", { body: TWO, headers: { etag: '"2"' } });
    await page.evaluate(async () => {
      const session = await app.open();
      const task = session.downloadTask("/other?key=1", { id: "first" });
      await task.resume();
      const { error } = await task.completed;
      if (error?.resumeData === undefined) throw new Error("no resume data");
      const { resumeData } = error;
      await session.downloadTask({ resumeData, request: { url: "/elsewhere" } }, { id: "next" }).resume();
    });
    await expectFile(page, "next", sha256Of(TWO));
  });
});

test("only another request may accompany resume data, and an error says what is wrong with it", async ({
  page,
}) => {
  const errors = await page.evaluate(async () => {
    const session = await app.open();
    const request = { url: `${location.origin}/file`, method: "GET", headers: {} };
    const resumeData = { version: 1, session: "test", key: "k", request };
    const uploadData = { ...resumeData, kind: "upload", request: { ...request, method: "POST" } };
    const calls: Record<string, () => unknown> = {
      url: () => session.downloadTask({ resumeData, url: "/fresh" } as never),
      headers: () => session.downloadTask({ resumeData, request: "/fresh", headers: {} } as never),
      method: () => session.downloadTask({ resumeData, request: { url: "/fresh", method: "POST" } } as never),
      range: () =>
        session.downloadTask({ resumeData, request: { url: "/x", headers: { range: "bytes=1-" } } } as never),
      credentials: () =>
        session.downloadTask({
          resumeData,
          request: { url: "/x", headers: { authorization: "x" } },
        } as never),
      address: () => session.downloadTask({ resumeData, request: "ftp://example.com/" } as never),
      misspelt: () => session.downloadTask({ resumeData, request: { url: "/x", headrs: {} } } as never),
      nothing: () => session.downloadTask({ resumeData, request: null } as never),
      absent: () => session.downloadTask({ resumeData: undefined, request: "/x" } as never),
      upload: () => session.uploadTask({ resumeData: uploadData, request: "/fresh" } as never),
      "upload url": () => session.uploadTask({ resumeData: uploadData, url: "/fresh" } as never),
      fine: () => session.downloadTask({ resumeData, request: new Request("/fresh") } as never),
    };
    const said = (call: () => unknown): string => {
      try {
        call();
        return "no error";
      } catch (error) {
        return String(error);
      }
    };
    return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, said(call)]));
  });
  expect(errors).toEqual({
    url: expect.stringMatching(/TypeError: "url" .*downloadTask\(\{ resumeData, request \}\)/),
    headers: expect.stringContaining('TypeError: "headers"'),
    method: expect.stringContaining("TypeError: The rest of a download is asked for with GET"),
    range: expect.stringContaining('TypeError: The rest of a download needs no "Range"'),
    credentials: expect.stringContaining("TypeError"),
    address: expect.stringContaining("SessionError"),
    misspelt: expect.stringContaining('TypeError: "headrs"'),
    nothing: expect.stringContaining("TypeError: The request must be"),
    absent: expect.stringContaining("TypeError: resumeData must be"),
    upload: expect.stringMatching(/TypeError: "request" .*not supported yet/),
    "upload url": expect.stringMatching(/TypeError: "url" .*not supported yet/),
    fine: "no error",
  });
});
