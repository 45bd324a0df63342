import { beforeAll, describe, expect, it } from "vitest";
import { type Answered, ask } from "./ask.ts";
import { useTestServer } from "./start-test-server.ts";

describe("ranges", () => {
  const server = useTestServer();
  let whole: Buffer;

  beforeAll(async () => {
    whole = (await ask(server().origin, "/files/10KB.bin")).body;
  });

  const askRange = (query: string, range: string, headers: Record<string, string> = {}): Promise<Answered> =>
    ask(server().origin, `/files/10KB.bin${query}`, { headers: { range, ...headers } });

  it.each([
    ["bytes=4000-", 4000, 9999],
    ["bytes=0-", 0, 9999],
    ["bytes=10-19", 10, 19],
    ["bytes=-100", 9900, 9999],
    ["bytes=9999-20000", 9999, 9999],
  ])("%s is answered 206 with bytes %i to %i", async (range, start, end) => {
    const { status, headers, body } = await askRange("", range);
    expect(status).toBe(206);
    expect(headers["content-range"]).toBe(`bytes ${start}-${end}/10000`);
    expect(headers["content-length"]).toBe(String(end - start + 1));
    expect(body.equals(whole.subarray(start, end + 1))).toBe(true);
  });

  it("a range past the end is answered 416 with the total", async () => {
    const { status, headers } = await askRange("", "bytes=10000-");
    expect(status).toBe(416);
    expect(headers["content-range"]).toBe("bytes */10000");
  });

  it("If-Range with the validator of the entity gets the range", async () => {
    expect((await askRange("", "bytes=5000-", { "if-range": '"random-10000-1"' })).status).toBe(206);
    const date = "Mon, 01 Jan 2024 00:00:00 GMT";
    expect((await askRange("", "bytes=5000-", { "if-range": date })).status).toBe(206);
  });

  it("If-Range with another validator gets the whole file", async () => {
    const { status, body } = await askRange("", "bytes=5000-", { "if-range": '"another"' });
    expect(status).toBe(200);
    expect(body.equals(whole)).toBe(true);
  });

  it("ranges=none answers 200 with the whole file and sends no Accept-Ranges", async () => {
    const { status, headers, body } = await askRange("?ranges=none", "bytes=5000-");
    expect(status).toBe(200);
    expect(headers["accept-ranges"]).toBeUndefined();
    expect(body.equals(whole)).toBe(true);
  });

  it("ranges=lying claims the requested start and sends from 0", async () => {
    const { status, headers, body } = await askRange("?ranges=lying", "bytes=4000-");
    expect(status).toBe(206);
    expect(headers["content-range"]).toBe("bytes 4000-9999/10000");
    expect(body.equals(whole.subarray(0, 6000))).toBe(true);
  });

  it("ranges=wrong-start answers with another start, and says so", async () => {
    const { status, headers, body } = await askRange("?ranges=wrong-start", "bytes=4000-");
    expect(status).toBe(206);
    expect(headers["content-range"]).toBe("bytes 2000-9999/10000");
    expect(body.equals(whole.subarray(2000))).toBe(true);
  });

  it("ranges=wrong-total claims one byte more", async () => {
    const { headers } = await askRange("?ranges=wrong-total", "bytes=4000-");
    expect(headers["content-range"]).toBe("bytes 4000-9999/10001");
  });

  it("ranges=ignore-if-range sends a range of an entity that has changed", async () => {
    const query = "?ranges=ignore-if-range&change=after:1";
    const { headers } = await ask(server().origin, `/files/10KB.bin${query}`);
    const resumed = await askRange(query, "bytes=4000-", { "if-range": headers.etag ?? "" });
    expect(resumed.status).toBe(206);
    expect(resumed.headers.etag).not.toBe(headers.etag);
    expect(resumed.body.equals(whole.subarray(4000))).toBe(false);
  });

  it.each(["lying", "wrong-start", "wrong-total"])("ranges=%s is honest from 0", async (ranges) => {
    const { headers, body } = await askRange(`?ranges=${ranges}`, "bytes=0-");
    expect(headers["content-range"]).toBe("bytes 0-9999/10000");
    expect(body.equals(whole)).toBe(true);
  });
});
