import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { useDatabases } from "../support/fake-database.ts";
import { DownloadFrom } from "../support/servers/download-from.ts";
import { useSite } from "../support/servers/use-site.ts";
import { everythingIn } from "../support/stored.ts";

const SIZE = 1_000_000;
const PATH = "/files/1MB.bin";
const CONNECTIONS = 4;
const BYTES = Buffer.from(Uint8Array.from({ length: SIZE }, (_, index) => (index * 7) % 251));

/** Answers the range that was asked for, of `BYTES`; `send` sends the body. */
function answerRange(range: string | undefined, response: ServerResponse, send = true): void {
  const [, from = "0", to = String(SIZE - 1)] = /^bytes=(\d+)-(\d+)?/.exec(range ?? "") ?? [];
  const part = BYTES.subarray(Number(from), Number(to) + 1);
  response.writeHead(206, { "content-range": `bytes ${from}-${to}/${SIZE}`, etag: '"one"' });
  if (send) response.end(part);
  else response.write(part.subarray(0, 1_000));
}

describe("parallel ranges from a real server", () => {
  const newDatabase = useDatabases();
  const site = useSite();
  afterEach(() => site().reset());

  const download = (path: string, database = newDatabase(), isForeign = false) =>
    DownloadFrom.of(database, site().origin + path, isForeign, "GET", CONNECTIONS);

  function digest(bytes: Uint8Array): string {
    return createHash("sha256").update(bytes).digest("hex");
  }

  async function expectFile(task: DownloadFrom, sha256: string): Promise<void> {
    const row = await task.end();
    expect(row).toMatchObject({ state: "completed", bytesReceived: SIZE, response: { status: 200 } });
    expect(row.failure).toBeUndefined();
    expect(row.file?.ranges).toBeUndefined();
    expect(digest(await task.bytes())).toBe(sha256);
  }

  it("the first answer is the first segment, and each other one is asked for with the validator", async () => {
    const task = await download(`${PATH}?throttle=1MB`);
    await expectFile(task, await site().sha256(PATH));
    const [first, ...others] = task.asked;
    expect(first).toMatchObject({ range: "bytes=0-", ifRange: undefined, status: 206 });
    const cut = ["bytes=250000-499999", "bytes=500000-749999", "bytes=750000-999999"];
    expect(others.map(({ range }) => range)).toEqual(expect.arrayContaining(cut));
    expect(others.every(({ ifRange, status }) => ifRange?.startsWith('"') && status === 206)).toBe(true);
    expect(task.kept.at(-1)).toBe(1);
  });

  it.each([
    ["no ranges", "ranges=none"],
    ["no validator", "etag=none&lastModified=none"],
    ["a weak validator only", "etag=weak&lastModified=none"],
    ["a coded body", "gzip=force"],
    ["no length", "length=none&ranges=none"],
  ])("a server with %s gets one request at a time", async (_, query) => {
    const task = await download(`${PATH}?throttle=4MB&${query}`);
    await task.attempt();
    expect(task.asked.every(({ range }) => range === undefined || range === "bytes=0-")).toBe(true);
    expect(task.kept).toContain(1);
  });

  it("another origin that hides Content-Range gets one request", async () => {
    const task = await download(`${PATH}?throttle=4MB`, newDatabase(), true);
    await expectFile(task, await site().sha256(PATH));
    expect(task.asked).toHaveLength(1);
  });

  it.each([
    ["another version in a range", "change=after:2&ranges=ignore-if-range", 2],
    ["another version as a whole", "change=after:3", 2],
    ["a range that begins elsewhere", "ranges=wrong-start", 1],
    ["another total", "ranges=wrong-total", 1],
  ])("%s is never mixed with the other ranges", async (_, query, seed) => {
    const task = await download(`${PATH}?throttle=2MB&${query}`);
    await expectFile(task, await site().expectedSha256(SIZE, seed));
    expect((await task.row()).connections).toBeUndefined();
    const again = task.asked.findLastIndex(({ range }) => range === "bytes=0-");
    expect(again).toBeGreaterThan(0);
    expect(task.asked).toHaveLength(again + 1);
  });

  it.each([
    ["503", (response: ServerResponse) => void response.writeHead(503).end()],
    ["429", (response: ServerResponse) => void response.writeHead(429, { "retry-after": "60" }).end()],
    ["403", (response: ServerResponse) => void response.writeHead(403).end()],
    ["a closed connection", (response: ServerResponse) => void response.destroy()],
  ])(
    "a server that answers a second connection with %s serves all of the file on the first",
    async (_, refuse) => {
      let open = 0;
      let most = 0;
      let refusals = 0;
      let finish = (): void => {};
      site().route("/limited", ({ headers }, response) => {
        if (open > 0) {
          refuse(response);
          refusals += 1;
          if (refusals === CONNECTIONS - 1) finish();
          return;
        }
        open += 1;
        most = Math.max(most, open);
        response.once("close", () => {
          open -= 1;
        });
        answerRange(headers.range, response, false);
        const from = Number(/\d+/.exec(headers.range ?? "")?.[0]);
        finish = () => response.end(BYTES.subarray(from + 1_000));
      });
      const task = await download("/limited");
      await expectFile(task, digest(BYTES));
      expect(most).toBe(1);
      expect(task.kept).toEqual(expect.arrayContaining([3, 2, 1]));
      expect(
        site()
          .requests("/limited")
          .filter(({ status }) => status === 206),
      ).toHaveLength(1);
    },
  );

  it("never more connections are open than the task may have", async () => {
    let open = 0;
    let most = 0;
    site().route("/counted", ({ headers }, response) => {
      open += 1;
      most = Math.max(most, open);
      response.once("close", () => {
        open -= 1;
      });
      setTimeout(() => answerRange(headers.range, response), 50);
    });
    const task = await download("/counted");
    await expectFile(task, digest(BYTES));
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(CONNECTIONS);
  });

  it("more bytes than a range has are a contradiction", async () => {
    let isLying = true;
    site().route("/longer", ({ headers }, response) => {
      if (!isLying || headers.range === "bytes=0-") return answerRange(headers.range, response);
      const [, from, to] = /^bytes=(\d+)-(\d+)/.exec(headers.range ?? "") ?? [];
      const range = `bytes ${from}-${to}/${SIZE}`;
      response.writeHead(206, { "content-range": range, etag: '"one"', "transfer-encoding": "chunked" });
      response.end(BYTES.subarray(Number(from), Number(to) + 100));
    });
    const task = await download("/longer");
    const row = await task.attempt();
    expect(row).toMatchObject({ state: "running", bytesReceived: 0 });
    expect(row.connections).toBeUndefined();
    isLying = false;
    await expectFile(task, digest(BYTES));
  });

  it("after a contradiction nothing more is written", async () => {
    site().route("/another", ({ headers }, response) => {
      answerRange(headers.range, response, false);
      // More than its range has, after bytes that wait for a checkpoint.
      if (headers.range !== "bytes=0-") setTimeout(() => response.end(BYTES.subarray(0, 300_000)), 100);
    });
    const database = newDatabase();
    const task = await download("/another", database);
    await task.attempt();
    // Longer than a checkpoint takes to become due.
    await delay(1_200);
    expect(await task.row()).toMatchObject({ state: "running", bytesReceived: 0 });
    expect((await everythingIn(database)).parts).toEqual([]);
  });
});
