import { describe, expect, it } from "vitest";
import { type Answered, ask, sha256 } from "./ask.ts";
import { useTestServer } from "./start-test-server.ts";

describe("validators", () => {
  const server = useTestServer();

  async function askTimes(times: number, query: string): Promise<Answered[]> {
    const answers: Answered[] = [];
    for (let n = 0; n < times; n += 1) answers.push(await ask(server().origin, `/files/1KB.bin?${query}`));
    return answers;
  }

  it("etag=weak and etag=none weaken or remove the validator of the same entity", async () => {
    const [weak] = await askTimes(1, "etag=weak");
    const [none] = await askTimes(1, "etag=none");
    expect(weak?.headers.etag).toBe('W/"random-1000-1"');
    expect(none?.headers.etag).toBeUndefined();
    expect(none?.body.equals(weak?.body ?? Buffer.of())).toBe(true);
  });

  it("etag=changing gives another entity of the same length each time", async () => {
    const answers = await askTimes(3, "etag=changing");
    expect(new Set(answers.map(({ headers }) => headers.etag)).size).toBe(3);
    expect(new Set(answers.map(({ headers }) => headers["last-modified"])).size).toBe(3);
    for (const [version, { body }] of answers.entries()) {
      expect(sha256(body)).toBe(await server().expectedSha256(1000, 1 + version));
    }
  });

  it.each(["etag=change-after:2", "change=after:2"])(
    "%s changes the entity once, after two requests",
    async (query) => {
      const answers = await askTimes(4, query);
      const digests = answers.map(({ body }) => sha256(body));
      const [before, after] = [await server().expectedSha256(1000), await server().expectedSha256(1000, 2)];
      expect(digests).toEqual([before, before, after, after]);
    },
  );

  it("change works with any kind of validator", async () => {
    const [first, second] = await askTimes(2, "change=always&etag=none");
    expect(second?.headers.etag).toBeUndefined();
    expect(second?.headers["last-modified"]).not.toBe(first?.headers["last-modified"]);
    expect(second?.body.equals(first?.body ?? Buffer.of())).toBe(false);
  });

  it("lastModified=changing gives another date to the same entity", async () => {
    const [first, second] = await askTimes(2, "lastModified=changing");
    expect(second?.headers["last-modified"]).not.toBe(first?.headers["last-modified"]);
    expect(second?.headers.etag).toBe(first?.headers.etag);
    expect(second?.body.equals(first?.body ?? Buffer.of())).toBe(true);
  });

  it("lastModified=fixed keeps the date of an entity that changes", async () => {
    const [first, second] = await askTimes(2, "lastModified=fixed&change=always");
    expect(second?.headers["last-modified"]).toBe(first?.headers["last-modified"]);
    expect(second?.headers.etag).not.toBe(first?.headers.etag);
  });

  it("lastModified=none gives no date", async () => {
    const [answer] = await askTimes(1, "lastModified=none");
    expect(answer?.headers["last-modified"]).toBeUndefined();
  });

  it("a matching If-None-Match is answered 304", async () => {
    const headers = { "if-none-match": '"random-1000-1"' };
    const { status, body } = await ask(server().origin, "/files/1KB.bin?cache=no-cache", { headers });
    expect([status, body.length]).toEqual([304, 0]);
  });

  it("cache sets Cache-Control", async () => {
    const [byDefault] = await askTimes(1, "key=default");
    const [cacheable] = await askTimes(1, "cache=public");
    expect(byDefault?.headers["cache-control"]).toBe("no-store");
    expect(cacheable?.headers["cache-control"]).toBe("public, max-age=3600");
  });
});
