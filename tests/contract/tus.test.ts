import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { tusUploads } from "../../server/uploads/tus-uploads.ts";
import type { UploadPartRow, UploadRow } from "../../src/store/schema.ts";
import { changeTask } from "../../src/store/tasks.ts";
import type { UploadProtocol } from "../../src/sw/ports/upload-protocol.ts";
import type { WillSend } from "../../src/sw/sending/will-send.ts";
import { tus, tusWith } from "../../src/sw/uploads/tus/index.ts";
import { itKeepsTheContractOnDisk } from "../support/contract-servers.ts";
import { useDatabases } from "../support/fake-database.ts";
import { FullTusServer } from "../support/full-tus-server.ts";
import { HookedTusServer } from "../support/hooked-tus-server.ts";
import { type BenchSetting, uploadBench } from "../support/upload-bench.ts";
import { uploadBytes } from "../support/upload-bytes.ts";
import type { Fault, Handler } from "../support/upload-line.ts";
import { uploadContract } from "./upload-contract.ts";

uploadContract(tus, tusUploads);
itKeepsTheContractOnDisk({ protocol: tus, url: "/tus", metadata: { album: "Summer" } }, tusUploads);

let hosts = 0;

function expectBytes(bytes: Uint8Array | undefined, sizeBytes: number): void {
  expect(Buffer.from(bytes ?? []).equals(uploadBytes(sizeBytes))).toBe(true);
}

describe("tus uses what a server offers", () => {
  const newDatabase = useDatabases();

  async function bench(
    server: FullTusServer,
    { row, ...setting }: BenchSetting = {},
    handle = server.handle,
  ) {
    // The library remembers a server's extensions for the life of a worker.
    hosts += 1;
    const url = `https://app.test/tus-${hosts}`;
    return uploadBench(newDatabase(), tus, handle, { ...setting, row: { url, ...row } });
  }

  it("a server that does not answer OPTIONS, or swallows it, offers no extensions", async () => {
    for (const kind of ["down", "silence"] as const) {
      const server = new FullTusServer();
      const { line, finish } = await bench(server, { configuration: { timeoutIntervalForRequest: 0.5 } });
      line.faultAt = ({ method }) => (method === "OPTIONS" ? { kind } : undefined);
      // On a busy machine other requests may take too long as well.
      expect((await finish()).at(-1)).toMatchObject({ kind: "finished" });
      expectBytes(server.uploads.get("/tus/0")?.bytes, 1_000_000);
    }
  });

  it("the app hook's decision at OPTIONS applies to the run", async () => {
    for (const [answer, outcome] of [
      ["wait", { kind: "withheld", asksAgain: true }],
      ["cancel", { kind: "failed", failure: { code: "cancelled" } }],
    ] as const) {
      const { line, attempt } = await bench(new FullTusServer(), { willSend: () => answer });
      expect(await attempt()).toMatchObject(outcome);
      expect(line.requests).toEqual([]);
    }
    const asked: string[] = [];
    const willSend: WillSend = ({ method }) => {
      asked.push(method);
      return method === "OPTIONS" ? "wait" : undefined;
    };
    const { line, attempt } = await bench(new FullTusServer(), { willSend });
    expect(await attempt()).toMatchObject({ kind: "withheld" });
    expect([asked, line.requests]).toEqual([["OPTIONS"], []]);
  });

  it("a 403 to the offset query is the answer, or makes the task wait: the upload does not start over from 0", async () => {
    for (const waitStatuses of [[], [403]]) {
      const server = new FullTusServer();
      const { line, attempt, row } = await bench(server, { configuration: { waitStatuses } });
      line.faultAt = ({ method }) => (method === "PATCH" ? { kind: "down" } : undefined);
      await attempt();
      line.faultAt = ({ method }) =>
        method === "HEAD"
          ? { kind: "answer", response: new Response("token expired", { status: 403 }) }
          : undefined;
      const outcome = await attempt();
      if (waitStatuses.length === 0) {
        expect(outcome).toMatchObject({ kind: "finished", response: { status: 403 } });
        continue;
      }
      expect(outcome).toEqual({ kind: "withheld", status: 403, asksAgain: false });
      expect((await row()).upload).toMatchObject({
        bytesAcknowledged: 262_144,
        parts: [{ offset: 262_144 }],
      });
      line.faultAt = () => undefined;
      expect((await attempt()).kind).toBe("finished");
      expectBytes(server.uploads.get("/tus/0")?.bytes, 1_000_000);
      expect(server.uploads.size).toBe(1);
    }
  });

  it("creation-with-upload: the first chunk goes with the creation, but never the whole body", async () => {
    const server = new FullTusServer();
    const { line, finish } = await bench(server);
    await finish();
    expectBytes(server.uploads.get("/tus/0")?.bytes, 1_000_000);
    expect(line.requests[1]?.headers.get("content-type")).toBe("application/offset+octet-stream");
    const small = await bench(new FullTusServer(), { sizeBytes: 1_000 });
    await small.finish();
    expect(small.line.talk).toEqual(["OPTIONS", "POST", "PATCH 0"]);
    expect(await small.line.requests[1]?.text()).toBe("");
  });

  it("creation-with-upload: a creation that broke off is repeated without a chunk, so a bad connection makes progress too", async () => {
    const server = new FullTusServer();
    const { line, finish } = await bench(server);
    line.faultAt = ({ method, headers }) =>
      method === "POST" && headers.has("content-type") ? { kind: "down" } : undefined;
    expect((await finish()).map(({ kind }) => kind)).toEqual(["unanswered", "finished"]);
    expectBytes(server.uploads.get("/tus/0")?.bytes, 1_000_000);
  });

  it("checksum: a chunk that arrived damaged is sent again", async () => {
    const server = new FullTusServer();
    let count = 0;
    server.damage = (bytes) => {
      count += 1;
      return count === 1 ? bytes.map((byte) => byte ^ 1) : bytes;
    };
    const { line, finish } = await bench(server);
    expect((await finish()).map(({ kind }) => kind)).toEqual(["unusable", "finished"]);
    expectBytes(server.uploads.get("/tus/0")?.bytes, 1_000_000);
    const sums = line.requests.filter(({ method }) => method === "PATCH");
    expect(sums.every(({ headers }) => headers.get("upload-checksum")?.startsWith("sha256 "))).toBe(true);
  });

  it("concatenation: parts are sent in parallel, each resumes on its own, and the server joins them", async () => {
    const server = new FullTusServer();
    const { line, finish, row, kept } = await bench(server, {
      sizeBytes: 5_000_000,
      connections: 3,
      row: { idempotencyKey: "key" },
    });
    let patches = 0;
    line.faultAt = ({ method }) => {
      if (method === "PATCH") patches += 1;
      return patches === 4 && method === "PATCH" ? { kind: "answer-lost" } : undefined;
    };
    expect((await finish()).map(({ kind }) => kind)).toEqual(["interrupted", "finished"]);
    const keyed = line.requests.filter(({ headers }) => headers.has("idempotency-key"));
    expect(keyed.map(({ headers }) => headers.get("upload-concat")?.split(";")[0])).toEqual(["final"]);
    const whole = [...server.uploads.values()].at(-1);
    expectBytes(whole?.bytes, 5_000_000);
    expect(server.uploads.size).toBe(4);
    // Each finished part returns a connection; the request that joins them needs one.
    expect(kept.slice(-4)).toEqual([3, 2, 1, 1]);
    expect((await row()).upload).toMatchObject({ bytesAcknowledged: 5_000_000 });
  });

  it("concatenation: never more parallel parts than the host may have connections, even if an earlier run had more", async () => {
    for (const earlier of [6, 2]) {
      const server = new FullTusServer();
      const configuration = { httpMaximumConnectionsPerHost: earlier };
      const setting = { sizeBytes: 9_000_000, connections: 6 };
      let most = 0;
      let now = 0;
      const handle = async (request: Request): Promise<Response> => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 5));
        now -= 1;
        return server.handle(request);
      };
      const first = await bench(server, { ...setting, configuration }, handle);
      first.line.faultAt = ({ method }) => (method === "PATCH" ? { kind: "down" } : undefined);
      await first.attempt();
      const { upload } = await first.row();
      expect(upload?.parts).toHaveLength(earlier);
      most = 0;
      const limited = { httpMaximumConnectionsPerHost: 2 };
      const next = await bench(
        server,
        { ...setting, configuration: limited, row: { ...(upload && { upload }) } },
        handle,
      );
      expect((await next.finish()).at(-1)).toMatchObject({ kind: "finished" });
      expect(most).toBe(2);
      expectBytes([...server.uploads.values()].at(-1)?.bytes, 9_000_000);
    }
  });

  it("concatenation: a captive portal's page is not taken for the answer, and the body stays", async () => {
    const server = new FullTusServer();
    const { line, attempt, finish, row, database } = await bench(server, {
      sizeBytes: 3_000_000,
      connections: 2,
    });
    line.faultAt = ({ headers }) =>
      headers.get("upload-concat")?.startsWith("final;")
        ? { kind: "answer", response: new Response("<p>", { headers: { "content-type": "text/html" } }) }
        : undefined;
    expect((await attempt()).kind).toBe("unusable");
    expect((await row()).state).toBe("running");
    const bodies = () => database.read(["bodies"], (tx) => tx.objectStore("bodies").count());
    expect(await bodies()).toBe(1);
    line.faultAt = () => undefined;
    const patches = line.talk.filter((word) => word.startsWith("PATCH")).length;
    expect((await finish()).map(({ kind }) => kind)).toEqual(["finished"]);
    expect(line.talk.filter((word) => word.startsWith("PATCH"))).toHaveLength(patches);
    expectBytes([...server.uploads.values()].at(-1)?.bytes, 3_000_000);
    expect(await bodies()).toBe(0);
  });

  it.each([
    ["its answer is lost", { kind: "answer-lost" }],
    ["it does not arrive", { kind: "down" }],
    ["the worker is stopped before the server acts", { kind: "killed", hasActed: false }],
    ["the worker is stopped after the server has acted", { kind: "killed", hasActed: true }],
  ] as const)(
    "concatenation: the request that joins the parts is sent again, with its key, if %s; no part is",
    async (_, fault) => {
      const server = new FullTusServer();
      const setting = { sizeBytes: 3_000_000, connections: 2, row: { idempotencyKey: "key" } };
      const { line, attempt, finish } = await bench(server, setting);
      const finals: (string | null)[] = [];
      await new Promise<void>((resolve) => {
        line.faultAt = ({ headers }) => {
          if (!headers.get("upload-concat")?.startsWith("final;")) return undefined;
          finals.push(headers.get("idempotency-key"));
          return finals.length > 1 ? undefined : { ...fault, onKill: resolve };
        };
        void attempt().then(() => resolve());
      });
      const countOfChunks = () => line.talk.filter((word) => word.startsWith("PATCH")).length;
      const before = countOfChunks();
      expect((await finish()).at(-1)).toMatchObject({ kind: "finished", response: { status: 201 } });
      expect(finals).toEqual(["key", "key"]);
      expect(countOfChunks()).toBe(before);
      expectBytes([...server.uploads.values()].at(-1)?.bytes, 3_000_000);
    },
  );

  it("concatenation: no part goes on after another could not write its checkpoint", async () => {
    const server = new FullTusServer();
    const { line, attempt, database } = await bench(server, {
      sizeBytes: 9_000_000,
      connections: 3,
    });
    const write = database.write.bind(database);
    let checkpoints = 0;
    vi.spyOn(database, "write").mockImplementation((stores, durability, body) => {
      if (durability === "relaxed") checkpoints += 1;
      return checkpoints === 4 ? Promise.reject(new Error("no disk")) : write(stores, durability, body);
    });
    expect(await attempt()).toMatchObject({ kind: "failed", failure: { code: "internal" } });
    const requests = line.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(line.requests).toHaveLength(requests);
    const sizes = [...server.uploads.values()].map(({ bytes }) => bytes.length);
    expect(Math.max(...sizes)).toBeLessThan(3_000_000);
  });

  it.each([
    ["that overlap", (parts: UploadPartRow[]) => parts.map((it) => ({ ...it, start: 0, end: 2_500_000 }))],
    ["of which one is missing", (parts: UploadPartRow[]) => parts.slice(0, 1)],
  ])("concatenation: stored parts %s are not used, so that the file is whole", async (_, damage) => {
    const server = new FullTusServer();
    const { line, attempt, finish, row, database } = await bench(server, {
      sizeBytes: 5_000_000,
      connections: 2,
    });
    line.faultAt = ({ method }) => (method === "PATCH" ? { kind: "down" } : undefined);
    await attempt();
    line.faultAt = () => undefined;
    const { key, upload } = await row();
    const parts = damage([...(upload?.parts ?? [])]) as UploadPartRow[];
    await changeTask(database, "session", key, "strict", (it) => ({
      ...it,
      upload: { ...(it.upload as UploadRow), parts },
    }));
    expect((await finish()).at(-1)).toMatchObject({ kind: "finished" });
    expectBytes([...server.uploads.values()].at(-1)?.bytes, 5_000_000);
  });

  it("413: chunks get smaller as far as they can; then it is the answer", async () => {
    for (const most of [20_000, 10_000]) {
      const server = new FullTusServer();
      server.extensions = "creation";
      const handle = async (request: Request): Promise<Response> =>
        Number(request.headers.get("content-length")) > most
          ? new Response("too large for this proxy", { status: 413 })
          : server.handle(request);
      const { finish, row, line } = await bench(server, { sizeBytes: 500_000 }, handle);
      expect(await finish()).toMatchObject([{ kind: "finished" }]);
      const { response } = await row();
      expect(response?.status).toBe(most === 20_000 ? 204 : 413);
      if (most === 20_000) expectBytes(server.uploads.get("/tus/0")?.bytes, 500_000);
      else expect(new TextDecoder().decode(response?.body)).toBe("too large for this proxy");
      const sizes = await Promise.all(
        line.requests.filter(({ method }) => method === "PATCH").map(async (it) => (await it.blob()).size),
      );
      expect(sizes.slice(0, 3)).toEqual([262_144, 65_536, 16_384]);
    }
  });

  it("concatenation: a server without it, and a body too small for it, get one upload", async () => {
    const plain = new FullTusServer();
    plain.extensions = "creation";
    const { finish, kept } = await bench(plain, { sizeBytes: 5_000_000, connections: 3 });
    await finish();
    expect(plain.uploads.size).toBe(1);
    expect(kept[0]).toBe(1);
    const small = new FullTusServer();
    await (await bench(small, { sizeBytes: 900_000, connections: 3 })).finish();
    expect(small.uploads.size).toBe(1);
  });

  it("defer-length: each of the parallel parts declares its own length, and once", async () => {
    const server = new FullTusServer();
    server.isLengthDeferred = true;
    const { line, attempt, finish } = await bench(server, { sizeBytes: 5_000_000, connections: 2 });
    line.faultAt = ({ method }) => (method === "PATCH" ? { kind: "down" } : undefined);
    await attempt();
    line.faultAt = () => undefined;
    expect(await finish()).toMatchObject([{ kind: "finished" }]);
    expectBytes([...server.uploads.values()].at(-1)?.bytes, 5_000_000);
    const told = line.requests.filter(
      ({ method, headers }) => method === "PATCH" && headers.has("upload-length"),
    );
    expect(told.map(({ headers }) => headers.get("upload-length"))).toEqual(["2500000", "2500000"]);
  });

  it("defer-length: the tus project's server gets the length when an upload resumes", async () => {
    const directory = await mkdtemp(join(tmpdir(), "uploads-"));
    const server = tusUploads(directory);
    const headers = { "tus-resumable": "1.0.0", "upload-defer-length": "1", host: "app.test" };
    const made = await server.handle(new Request("https://app.test/tus", { method: "POST", headers }));
    const url = new URL(made.headers.get("location") ?? "", "https://app.test/tus").href;
    const parts = [{ url, start: 0, end: 1_000_000, offset: 0, reach: 0 }];
    const upload = { protocol: "tus" as const, sizeBytes: 1_000_000, bytesAcknowledged: 0, parts };
    const { finish } = await uploadBench(newDatabase(), tus, (request) => server.handle(request), {
      row: { upload },
    });
    expect(await finish()).toMatchObject([{ kind: "finished" }]);
    const stored = await server.stored();
    expect(stored).toMatchObject([{ isComplete: true }]);
    expectBytes(await readFile(stored[0]?.path ?? ""), 1_000_000);
    await rm(directory, { recursive: true });
  });

  it("defer-length: a length that the server does not have is sent with the next chunk", async () => {
    const server = new FullTusServer();
    server.isLengthDeferred = true;
    const { line, finish } = await bench(server);
    let patches = 0;
    line.faultAt = ({ method }) => {
      if (method === "PATCH") patches += 1;
      return patches === 1 && method === "PATCH" ? { kind: "down" } : undefined;
    };
    await finish();
    expect(server.uploads.get("/tus/0")).toMatchObject({ length: 1_000_000 });
    const told = line.requests.filter(
      ({ method, headers }) => method === "PATCH" && headers.has("upload-length"),
    );
    expect(told).toHaveLength(1);
  });
});

describe("tus as it is spoken", () => {
  const newDatabase = useDatabases();

  async function bench(server: FullTusServer, handle: Handler, setting: BenchSetting = {}) {
    hosts += 1;
    const row = { url: `https://app.test/tus-${hosts}`, ...setting.row };
    return { server, ...(await uploadBench(newDatabase(), tus, handle, { ...setting, row })) };
  }

  it("a creation may be answered with 200, if the answer has a Location", async () => {
    const server = new FullTusServer();
    const { finish, line } = await bench(server, async (request) => {
      const { status, headers } = await server.handle(request);
      return new Response(null, { status: status === 201 ? 200 : status, headers });
    });
    expect(await finish()).toMatchObject([{ kind: "finished" }]);
    expectBytes(server.uploads.get("/tus/0")?.bytes, 1_000_000);
    expect(line.talk.filter((word) => word.startsWith("POST"))).toHaveLength(1);
  });

  describe("a server that accepts only chunks of one size, as Cloudflare Stream does", () => {
    const MIB = 1024 * 1024;
    const SIZE = 12 * MIB + 7;

    async function strict(protocol: UploadProtocol) {
      hosts += 1;
      const server = new FullTusServer();
      const handle = async (request: Request) => {
        const { method, headers } = request;
        const sizeBytes = Number(headers.get("content-length"));
        const isLast = Number(headers.get("upload-offset")) + sizeBytes === SIZE;
        const isRight = isLast || (sizeBytes >= 5 * MIB && sizeBytes % (256 * 1024) === 0);
        return method === "PATCH" && !isRight
          ? new Response("chunk", { status: 400 })
          : server.handle(request);
      };
      const row = { url: `https://app.test/tus-${hosts}`, attempts: 1 };
      const it = await uploadBench(newDatabase(), protocol, handle, { sizeBytes: SIZE, row });
      return { server, ...it };
    }

    it("gets them, also after an interruption", async () => {
      const { server, line, finish } = await strict(tusWith({ chunkSize: 5 * MIB }));
      let chunks = 0;
      line.faultAt = ({ method }) => {
        if (method === "PATCH") chunks += 1;
        return method === "PATCH" && chunks === 2 ? { kind: "answer-lost" } : undefined;
      };
      expect((await finish()).map(({ kind }) => kind)).toEqual(["interrupted", "finished"]);
      expectBytes(server.uploads.get("/tus/0")?.bytes, SIZE);
      expect(line.talk.filter((word) => word.startsWith("PATCH"))).toEqual(
        [0, 5 * MIB, 10 * MIB].map((offset) => `PATCH ${offset}`),
      );
    });

    it("refuses those that follow the speed of the line: that is the answer", async () => {
      const { finish } = await strict(tus);
      expect(await finish()).toMatchObject([{ kind: "finished", response: { status: 400 } }]);
    });

    it.each([0, 16_383, 1.5 * MIB + 0.5, Number.NaN, "5", undefined])(
      "a size of %s is refused",
      (chunkSize) => {
        expect(() => tusWith({ chunkSize } as never)).toThrow(TypeError);
      },
    );
  });

  it("a lock that is told with 409, without Upload-Offset, is waited for, to a chunk and to the question", async () => {
    const server = new FullTusServer();
    let locked = 3;
    const { finish, row } = await bench(server, async (request) => {
      const isLocked = ["PATCH", "HEAD"].includes(request.method) && locked-- > 0;
      return isLocked ? new Response("locked", { status: 409 }) : server.handle(request);
    });
    expect((await finish()).map(({ kind }) => kind)).toEqual(["refused", "refused", "finished"]);
    expectBytes(server.uploads.get("/tus/0")?.bytes, 1_000_000);
    expect((await row()).failure).toBeUndefined();
  });

  it("a proxy that forbids PATCH and DELETE: willSend sends them as POST, with X-HTTP-Method-Override", async () => {
    const server = new FullTusServer();
    const seen: string[] = [];
    const willSend: WillSend = (request) => {
      if (!["PATCH", "DELETE"].includes(request.method)) return;
      const headers = new Headers(request.headers);
      headers.set("X-HTTP-Method-Override", request.method);
      return new Request(request, { method: "POST", headers });
    };
    const { attempt, finish, line, run } = await bench(
      server,
      async (request) => {
        const { url, method, headers } = request;
        seen.push(method);
        if (method === "PATCH" || method === "DELETE") return new Response(null, { status: 405 });
        const meant = headers.get("x-http-method-override") ?? method;
        const body = await request.arrayBuffer();
        return server.handle(
          new Request(url, { method: meant, headers, ...(body.byteLength > 0 && { body }) }),
        );
      },
      { willSend, sizeBytes: 4_000_000 },
    );
    let overrides = 0;
    line.faultAt = ({ headers }) => {
      if (headers.has("x-http-method-override")) overrides += 1;
      return overrides === 2 ? { kind: "answer-lost" } : undefined;
    };
    expect((await attempt()).kind).toBe("interrupted");
    await tus.discard(await run());
    expect(server.uploads.size).toBe(0);
    expect((await finish()).map(({ kind }) => kind)).toEqual(["restart", "finished"]);
    expectBytes(server.uploads.get("/tus/0")?.bytes, 4_000_000);
    expect(new Set(seen)).toEqual(new Set(["OPTIONS", "POST", "HEAD"]));
  });

  it("a finish that takes longer than the request may: the file is sent once", async () => {
    let ask = () => {};
    const asked = new Promise<void>((resolve) => {
      ask = resolve;
    });
    const server = await HookedTusServer.start({
      onUploadFinish: async () => {
        await asked;
        return { status_code: 200, body: "photo 7" };
      },
    });
    hosts += 1;
    const { finish, row, line } = await uploadBench(newDatabase(), tus, server.handle, {
      row: { url: `https://app.test/tus-${hosts}` },
      sizeBytes: 1_000,
      configuration: { timeoutIntervalForRequest: 1 },
    });
    line.faultAt = ({ method }) => {
      if (method === "HEAD" && line.talk.includes("PATCH 0")) ask();
      return undefined;
    };
    const outcomes = await finish();
    expect(outcomes.map(({ kind }) => kind)).toContain("unanswered");
    expect(outcomes.at(-1)).toMatchObject({ kind: "finished", response: { status: 200 } });
    expect((await row()).failure).toBeUndefined();
    expect(server).toMatchObject({ finished: 1, bytesSent: 1_000 });
    await server.close();
  });

  describe("resumeAt: an upload that the server has already", () => {
    const at = "https://uploads.test/tus/0";
    const row = (resumeAt: string) => ({
      url: resumeAt,
      upload: { protocol: "tus", sizeBytes: 1_000_000, bytesAcknowledged: 0, resumeAt },
    });

    /** A server that has the first bytes of an upload of this length. */
    function having(hasBytes: number, length = 1_000_000) {
      const server = new FullTusServer();
      const bytes = new Uint8Array(uploadBytes(hasBytes));
      server.uploads.set("/tus/0", { bytes, length, metadata: null });
      return server;
    }

    it.each([0, 300_000, 1_000_000])("continues from %d bytes, and creates none", async (hasBytes) => {
      const server = having(hasBytes);
      const { finish, line, resumedAt } = await bench(server, server.handle, { row: row(at) });
      expect(await finish()).toMatchObject([{ kind: "finished" }]);
      expectBytes(server.uploads.get("/tus/0")?.bytes, 1_000_000);
      expect(line.requests.filter(({ method }) => method === "POST")).toEqual([]);
      expect(new Set(line.requests.map(({ url }) => url))).toEqual(new Set([at]));
      expect(resumedAt).toEqual(hasBytes > 0 ? [hasBytes] : []);
    });

    /** The second chunk does not arrive. */
    const cut = ({ method, headers }: Request): Fault | undefined =>
      method === "PATCH" && headers.get("upload-offset") !== "100" ? { kind: "down" } : undefined;

    it("continues after an interruption too", async () => {
      const server = having(100);
      const { attempt, finish, line } = await bench(server, server.handle, { row: row(at) });
      line.faultAt = cut;
      expect((await attempt()).kind).toBe("interrupted");
      line.faultAt = () => undefined;
      expect(await finish()).toMatchObject([{ kind: "finished" }]);
      expectBytes(server.uploads.get("/tus/0")?.bytes, 1_000_000);
    });

    it("is removed from the server if the task is cancelled", async () => {
      const server = having(100);
      const { attempt, line, run } = await bench(server, server.handle, { row: row(at) });
      line.faultAt = cut;
      await attempt();
      line.faultAt = () => undefined;
      await tus.discard(await run());
      expect(server.uploads.size).toBe(0);
    });

    it("is removed from the server also if the task is cancelled before its first request", async () => {
      const server = having(100);
      const { run } = await bench(server, server.handle, { row: row(at) });
      await tus.discard(await run());
      expect(server.uploads.size).toBe(0);
    });

    it("ends with the app's refusal of its last chunk, although the server has every byte", async () => {
      const server = having(100);
      const handle = async (request: Request): Promise<Response> => {
        const response = await server.handle(request);
        const isLast = request.method === "PATCH" && server.uploads.get("/tus/0")?.bytes.length === 1_000_000;
        return isLast ? new Response("not this one", { status: 409 }) : response;
      };
      const { finish } = await bench(server, handle, { row: row(at) });
      expect((await finish()).at(-1)).toMatchObject({ kind: "finished", response: { status: 409 } });
    });

    it.each([
      ["that the server does not know", new FullTusServer()],
      ["of another length", having(10, 20)],
    ])("one %s is the end", async (_, server) => {
      const { finish, row: stored, line } = await bench(server, server.handle, { row: row(at) });
      expect(await finish()).toMatchObject([{ kind: "failed" }]);
      expect((await stored()).failure).toMatchObject({
        code: "bad-response",
        message: expect.stringMatching(/no upload of this length at https:\/\/uploads.test\/tus\/0/),
      });
      expect(line.talk.filter((word) => word !== "OPTIONS")).toEqual(["HEAD"]);
    });

    it("one that is gone while it is being sent is the end", async () => {
      const server = having(100);
      const { finish, line } = await bench(server, server.handle, { row: row(at) });
      line.faultAt = (request) => {
        const fault = cut(request);
        if (fault !== undefined) server.uploads.clear();
        return fault;
      };
      expect((await finish()).at(-1)).toMatchObject({ kind: "failed" });
      expect(server.uploads.size).toBe(0);
    });
  });
});
