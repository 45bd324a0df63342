import { describe, expect, it } from "vitest";
import { type MediaSource, type RespondOptions, respondFrom } from "../../../src/media/index.ts";

const TEN = "0123456789";
const ETAG = '"v1"';

function request(headers: Record<string, string> = {}, method = "GET"): Request {
  return new Request("https://app.test/episodes/42.wav", { method, headers });
}

function stored(body = TEN, headers: Record<string, string> = {}): Response {
  return new Response(body, { headers: { "content-type": "audio/wav", etag: ETAG, ...headers } });
}

/** Answers from ten bytes. @returns status, body, and the headers that matter to a player */
async function answer(
  headers?: Record<string, string>,
  source: MediaSource = stored(),
  method?: string,
  options?: RespondOptions,
) {
  const response = await respondFrom(source, request(headers, method), options);
  if (response === undefined) return undefined;
  const { headers: received, status } = response;
  return [status, await response.text(), received.get("content-range"), received.get("content-length")];
}

describe("an answer from ten stored bytes", () => {
  it("is the whole if no range is asked for, and says that ranges may be", async () => {
    expect(await answer()).toEqual([200, TEN, null, "10"]);
    const { headers } = (await respondFrom(stored(), request())) as Response;
    expect(Object.fromEntries(headers)).toEqual({
      "accept-ranges": "bytes",
      "content-length": "10",
      "content-type": "audio/wav",
      etag: ETAG,
    });
  });

  it.each([
    ["bytes=0-", TEN, "bytes 0-9/10"],
    ["bytes=0-1", "01", "bytes 0-1/10"],
    ["bytes=3-3", "3", "bytes 3-3/10"],
    ["bytes=-4", "6789", "bytes 6-9/10"],
    ["bytes=0-99", TEN, "bytes 0-9/10"],
    ["bytes=-99", TEN, "bytes 0-9/10"],
    ["bytes=0-10", TEN, "bytes 0-9/10"],
  ])("is 206 for %s, cut to what there is", async (range, body, contentRange) => {
    expect(await answer({ range })).toEqual([206, body, contentRange, String(body.length)]);
  });

  it.each(["bytes=10-", "bytes=50-", "bytes=-0"])("is 416 for %s, with the size", async (range) => {
    expect(await answer({ range })).toEqual([416, "", "bytes */10", null]);
  });

  it.each(["bytes=5-2", "bytes=0-1,3-4", "bytes=x", "lines=1-2"])("is the whole for %s", async (range) => {
    expect(await answer({ range })).toEqual([200, TEN, null, "10"]);
  });

  it("has a range only if If-Range is the strong ETag", async () => {
    const range = "bytes=3-3";
    expect((await answer({ range, "if-range": ETAG }))?.slice(0, 2)).toEqual([206, "3"]);
    expect((await answer({ range, "if-range": '"v2"' }))?.slice(0, 2)).toEqual([200, TEN]);
    expect((await answer({ range, "if-range": "Sun, 29 Nov 2026 10:00:00 GMT" }))?.slice(0, 2)).toEqual([
      200,
      TEN,
    ]);
    const weak = stored(TEN, { etag: 'W/"v1"' });
    expect((await answer({ range, "if-range": 'W/"v1"' }, weak))?.slice(0, 2)).toEqual([200, TEN]);
    // The tag was that of the coded bytes.
    const decoded = stored(TEN, { "content-encoding": "gzip" });
    expect((await answer({ range, "if-range": ETAG }, decoded))?.slice(0, 2)).toEqual([200, TEN]);
    expect((await answer({ range: "bytes=50-", "if-range": '"v2"' }))?.slice(0, 2)).toEqual([200, TEN]);
  });

  it("has no body for HEAD, which knows no range", async () => {
    expect(await answer({}, stored(), "HEAD")).toEqual([200, "", null, "10"]);
    expect(await answer({ range: "bytes=3-3" }, stored(), "HEAD")).toEqual([200, "", null, "10"]);
  });

  it("is none for another method", async () => {
    expect(await answer({}, stored(), "POST")).toBeUndefined();
  });

  it("has the length of what is stored, whatever the stored headers say", async () => {
    const gzipped = stored(TEN, { "content-encoding": "gzip", "content-length": "7" });
    const response = await respondFrom(gzipped, request({ range: "bytes=0-" }));
    expect(response?.headers.get("content-length")).toBe("10");
    expect(response?.headers.has("content-encoding")).toBe(false);
  });

  it("has the headers that the app adds, which win", async () => {
    const headers = { "content-type": "audio/ogg", "cross-origin-resource-policy": "same-origin" };
    const response = await respondFrom(stored(), request({ range: "bytes=0-" }), { headers });
    expect(Object.fromEntries(response?.headers ?? [])).toMatchObject(headers);
  });
});

describe("an empty file", () => {
  it("is 200 as a whole, and 416 for a range that begins somewhere", async () => {
    expect(await answer({}, stored(""))).toEqual([200, "", null, "0"]);
    expect(await answer({ range: "bytes=0-" }, stored(""))).toEqual([416, "", "bytes */0", null]);
    expect(await answer({ range: "bytes=-5" }, stored(""))).toEqual([200, "", null, "0"]);
  });
});

describe("the source", () => {
  const range = "bytes=8-";

  it("may be a file, whose type is that of the answer", async () => {
    const file = new File([TEN], "42.wav", { type: "audio/wav" });
    expect(await answer({ range }, file)).toEqual([206, "89", "bytes 8-9/10", "2"]);
    expect((await respondFrom(file, request()))?.headers.get("content-type")).toBe("audio/wav");
  });

  it("may be the result of a download, with the headers of its response", async () => {
    const result = {
      file: new File([TEN], "42.wav"),
      response: new Response(null, { headers: { etag: ETAG } }),
    };
    expect((await answer({ range, "if-range": ETAG }, result))?.slice(0, 2)).toEqual([206, "89"]);
    expect(await answer({ range }, { response: new Response(null) })).toBeUndefined();
  });

  it("may be missing, or a failed download: then there is no answer", async () => {
    expect(await respondFrom(undefined, request())).toBeUndefined();
    expect(await answer({ range }, { error: new Error("cancelled") })).toBeUndefined();
    const page = { file: new File(["not here"], "42.wav"), response: new Response(null, { status: 404 }) };
    expect(await answer({ range }, page)).toBeUndefined();
  });

  it("has no ranges if its status is not 200", async () => {
    const missing = new Response("not here", { status: 404 });
    expect(await respondFrom(missing, request({ range }))).toBe(missing);
  });

  it("must be one of those", async () => {
    await expect(respondFrom({} as never, request())).rejects.toThrow(
      /source must be a session, \{ cache, key \}/,
    );
  });
});
