import { createHash } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../src/protocol/configuration.ts";
import { rangeBytes } from "../../src/sw/parallel/allowance.ts";
import { useDatabases } from "../support/fake-database.ts";
import { DownloadFrom } from "../support/servers/download-from.ts";
import { useSite } from "../support/servers/use-site.ts";

const SIZE = 1_000_000;
const PATH = "/files/1MB.bin";
const RATE = 250_000;
const FIRST = "bytes=0-65535";

describe("a download with a limit, from a real server", () => {
  const newDatabase = useDatabases();
  const site = useSite();
  afterEach(() => site().reset());

  async function download(path: string, { isForeign = false, connections = 1, rate = RATE } = {}) {
    const task = await DownloadFrom.of(newDatabase(), site().origin + path, isForeign, "GET", connections);
    task.configuration = { ...DEFAULT_CONFIGURATION, maximumDownloadRate: rate };
    return task;
  }

  async function expectFile(task: DownloadFrom, sha256: string): Promise<void> {
    const row = await task.end();
    expect(row).toMatchObject({ state: "completed", bytesReceived: SIZE, response: { status: 200 } });
    expect(row.failure).toBeUndefined();
    expect(row.file?.ranges).toBeUndefined();
    expect(
      createHash("sha256")
        .update(await task.bytes())
        .digest("hex"),
    ).toBe(sha256);
  }

  it("asks for one range after the other, each with the validator, in one attempt", async () => {
    const task = await download(PATH);
    await expectFile(task, await site().sha256(PATH));
    const [first, ...others] = task.asked;
    expect(first).toMatchObject({ range: FIRST, ifRange: undefined, status: 206 });
    const ranges = ["bytes=65536-565535", "bytes=565536-999999"];
    expect(others.map(({ range }) => range)).toEqual(ranges);
    expect(others.every(({ ifRange, status }) => ifRange?.startsWith('"') && status === 206)).toBe(true);
    expect((await task.row()).attempts).toBe(1);
  });

  it.each([
    ["no ranges", "ranges=none"],
    ["no validator", "etag=none&lastModified=none"],
    ["a weak validator only", "etag=weak&lastModified=none"],
    ["no length", "length=none&ranges=none"],
  ])("a server with %s sends the whole in one answer", async (_, query) => {
    const task = await download(`${PATH}?${query}`, { rate: 16_384 });
    await expectFile(task, await site().sha256(PATH));
    expect(task.asked.every(({ range }) => range === undefined || range === FIRST)).toBe(true);
    expect(task.asked.at(-1)?.status).toBe(200);
    expect((await task.row()).failures).toBe(0);
  });

  it("another origin that hides Content-Range is asked for the whole, in the same attempt", async () => {
    const task = await download(PATH, { isForeign: true });
    await expectFile(task, await site().sha256(PATH));
    expect(task.asked.map(({ range, status }) => [range, status])).toEqual([
      [FIRST, 206],
      [undefined, 200],
    ]);
    expect(await task.row()).toMatchObject({ attempts: 1, file: { isSameOrigin: false } });
    expect((await task.row()).file?.isUnranged).toBeUndefined();
  });

  it("a file that changes between two ranges starts over, in ranges", async () => {
    const task = await download(`${PATH}?change=after:2`);
    await expectFile(task, await site().expectedSha256(SIZE, 2));
    expect(task.asked.map(({ range }) => range)).toEqual([
      FIRST,
      "bytes=65536-565535",
      "bytes=565536-999999",
      FIRST,
      "bytes=65536-565535",
      "bytes=565536-999999",
    ]);
  });

  it.each([
    ["begin elsewhere", "ranges=wrong-start"],
    ["have another total", "ranges=wrong-total"],
    ["are never of the same version", "change=always"],
  ])("a server whose later ranges %s is asked for the whole in the end", async (_, query) => {
    const task = await download(`${PATH}?${query}`);
    const row = await task.end();
    expect(row).toMatchObject({ state: "completed", bytesReceived: SIZE });
    expect(row.failure).toBeUndefined();
    expect(task.asked.at(-1)).toMatchObject({ range: undefined, status: 200 });
  });

  it("an answer that breaks off goes on from what is on disk", async () => {
    const task = await download(`${PATH}?cut=200KB&cutTimes=2`);
    await expectFile(task, await site().sha256(PATH));
    const starts = task.asked.map(({ range }) => Number(/\d+/.exec(range ?? "")?.[0]));
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    expect(starts.filter((start) => start === 0)).toHaveLength(1);
  });

  it("a later range that is refused ends the download with its status, and keeps the bytes", async () => {
    let count = 0;
    site().route("/gone", ({ headers }, response) => {
      count += 1;
      const [, from, to] = /^bytes=(\d+)-(\d+)/.exec(headers.range ?? "") ?? [];
      if (count > 1) return void response.writeHead(403).end();
      response.writeHead(206, { "content-range": `bytes ${from}-${to}/${SIZE}`, etag: '"one"' });
      response.end(Buffer.alloc(Number(to) - Number(from) + 1));
    });
    const row = await (await download("/gone")).end();
    expect(row).toMatchObject({ failure: { code: "bad-response" }, bytesReceived: 65_536 });
    expect(row.response?.status).toBe(403);
  });

  it("what was answered with 503 is asked for again, from what is on disk", async () => {
    let count = 0;
    site().route("/busy", ({ headers }, response) => {
      count += 1;
      const [, from, to] = /^bytes=(\d+)-(\d+)/.exec(headers.range ?? "") ?? [];
      if (count === 2) return void response.writeHead(503).end();
      response.writeHead(206, { "content-range": `bytes ${from}-${to}/${SIZE}`, etag: '"one"' });
      response.end(Buffer.alloc(Number(to) - Number(from) + 1));
    });
    const busy = await download("/busy");
    expect(await busy.attempt()).toMatchObject({ bytesReceived: 65_536, failures: 1, attempts: 1 });
    expect(await busy.end()).toMatchObject({ state: "completed", bytesReceived: SIZE, attempts: 2 });
    expect(busy.asked.map(({ range }) => range)).toEqual([
      FIRST,
      "bytes=65536-565535",
      "bytes=65536-131071",
      "bytes=131072-631071",
      "bytes=631072-999999",
    ]);
  });

  it("a server that caps its ranges is asked for more of them, unless they bring next to nothing", async () => {
    const capped = (cap: number) => (path: string) =>
      site().route(path, ({ headers }, response) => {
        const [, from, to] = /^bytes=(\d+)-(\d+)?/.exec(headers.range ?? "") ?? [];
        if (from === undefined)
          return void response.writeHead(200, { etag: '"one"' }).end(Buffer.alloc(SIZE));
        const last = Math.min(Number(to), Number(from) + cap - 1, SIZE - 1);
        response.writeHead(206, { "content-range": `bytes ${from}-${last}/${SIZE}`, etag: '"one"' });
        response.end(Buffer.alloc(last - Number(from) + 1));
      });
    capped(100_000)("/capped");
    const some = await download("/capped");
    expect(await some.end()).toMatchObject({ state: "completed", bytesReceived: SIZE, attempts: 1 });
    expect(some.asked).toHaveLength(11);
    capped(1_000)("/trickle");
    const trickle = await download("/trickle");
    expect(await trickle.end()).toMatchObject({ state: "completed", bytesReceived: SIZE });
    expect(trickle.asked.map(({ range }) => range)).toEqual([FIRST, undefined]);
  });

  it("a file that is split already goes on with the limit, on one connection", async () => {
    const task = await download(`${PATH}?throttle=1MB&cut=150KB`, { connections: 4, rate: 0 });
    const { file } = await task.attempt();
    expect(file?.ranges?.length).toBeGreaterThan(0);
    const before = task.asked.length;
    task.configuration = { ...DEFAULT_CONFIGURATION, maximumDownloadRate: RATE };
    site().reset();
    await expectFile(task, await site().sha256(PATH));
    const lengths = task.asked.slice(before).map(({ range }) => {
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
      return Number(to) + 1 - Number(from);
    });
    expect(lengths[0]).toBe(65_536);
    expect(lengths.every((length) => length <= rangeBytes(RATE))).toBe(true);
  });
});
