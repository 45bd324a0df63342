import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { StoredUpload, UploadServer } from "../../server/uploads/upload-server.ts";
import { storageError } from "../../src/store/database.ts";
import type { UploadProtocol } from "../../src/sw/ports/upload-protocol.ts";
import { useDatabases } from "../support/fake-database.ts";
import { hangingHook } from "../support/hanging-hook.ts";
import { requestRecord } from "../support/task-row.ts";
import { type BenchSetting, type UploadBench, uploadBench } from "../support/upload-bench.ts";
import { uploadBytes } from "../support/upload-bytes.ts";
import type { Fault } from "../support/upload-line.ts";

/** Several chunks, as they grow. */
const SIZE = 4_000_000;

/** The contract of every protocol that sends a body in several requests. `makeServer` gets its own directory. */
export function uploadContract(
  protocol: UploadProtocol,
  makeServer: (directory: string) => UploadServer,
): void {
  describe(`${protocol.name} keeps the contract of resumable uploads`, () => {
    const newDatabase = useDatabases();
    const directories: string[] = [];

    afterEach(async () => {
      for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
    });

    async function bench(setting: BenchSetting = {}): Promise<UploadBench & { server: UploadServer }> {
      const directory = await mkdtemp(join(tmpdir(), "uploads-"));
      directories.push(directory);
      const server = makeServer(directory);
      const handle = (request: Request) => server.handle(request);
      const it = await uploadBench(newDatabase(), protocol, handle, { sizeBytes: SIZE, ...setting });
      return { ...it, server };
    }

    async function expectWhole(server: UploadServer, sizeBytes = SIZE): Promise<StoredUpload> {
      const whole = (await server.stored()).filter(({ isComplete }) => isComplete);
      expect(whole).toHaveLength(1);
      const [upload] = whole as [StoredUpload];
      expect((await readFile(upload.path)).equals(uploadBytes(sizeBytes))).toBe(true);
      return upload;
    }

    /** The nth request that carries bytes meets this fault. */
    function atChunk(number: number, fault: Fault): (request: Request) => Fault | undefined {
      let chunks = 0;
      return ({ method }) => {
        if (method === "PATCH") chunks += 1;
        return method === "PATCH" && chunks === number ? fault : undefined;
      };
    }

    it("sends the whole body to the server, in chunks, and is finished with its answer", async () => {
      const { server, line, finish, row, reports } = await bench();
      const outcomes = await finish();
      expect(outcomes).toMatchObject([{ kind: "finished" }]);
      await expectWhole(server);
      expect(line.talk.filter((word) => word.startsWith("PATCH")).length).toBeGreaterThan(1);
      expect(await row()).toMatchObject({
        state: "completed",
        upload: { bytesAcknowledged: SIZE, sizeBytes: SIZE },
      });
      const counts = reports.flatMap(({ bytesSent }) => (bytesSent === undefined ? [] : [bytesSent]));
      expect(counts).toEqual([...counts].sort((a, b) => a - b));
    });

    it("an empty body is an upload too", async () => {
      const { server, finish } = await bench({ sizeBytes: 0 });
      expect(await finish()).toMatchObject([{ kind: "finished" }]);
      await expectWhole(server, 0);
    });

    it("resumes from the server's offset after the connection broke during a chunk", async () => {
      const { server, line, finish, resumedAt } = await bench();
      line.faultAt = atChunk(2, { kind: "cut", afterBytes: 100_000 });
      expect((await finish()).map(({ kind }) => kind)).toEqual(["interrupted", "finished"]);
      await expectWhole(server);
      expect(resumedAt).toHaveLength(1);
      expect(resumedAt[0]).toBeGreaterThanOrEqual(256 * 1024);
      expect(line.talk).toContain("HEAD");
    });

    it("goes on from what version 0.2.0 has stored of an upload", async () => {
      const { server, line, attempt, finish, row } = await bench();
      line.faultAt = atChunk(2, { kind: "cut", afterBytes: 100_000 });
      await attempt();
      const { upload } = await row();
      const [part] = upload?.parts ?? [];
      const { offset = 0, reach = 0, url = "" } = part ?? {};
      // As it is in the databases of users: what is stored must keep this form.
      expect(upload).toEqual({
        protocol: protocol.name,
        sizeBytes: SIZE,
        bytesAcknowledged: offset,
        parts: [{ start: 0, end: SIZE, offset, reach, url }],
      });
      expect([offset > 0, reach > offset, URL.canParse(url)]).toEqual([true, true, true]);
      const isCreation = (word: string) => word.startsWith("POST");
      const creations = line.talk.filter(isCreation).length;
      await finish();
      await expectWhole(server);
      expect(line.talk.filter(isCreation)).toHaveLength(creations);
    });

    it("sends no byte twice if only the answer to a chunk was lost", async () => {
      const { server, line, finish } = await bench();
      line.faultAt = atChunk(1, { kind: "answer-lost" });
      await finish();
      await expectWhole(server);
      const offsets = line.talk.filter((word) => word.startsWith("PATCH"));
      expect(new Set(offsets).size).toBe(offsets.length);
    });

    it("finds at the next attempt that only the final answer was lost", async () => {
      const { server, line, finish, row } = await bench({ sizeBytes: 100_000 });
      line.faultAt = atChunk(1, { kind: "answer-lost" });
      await finish();
      await expectWhole(server, 100_000);
      expect(await row()).toMatchObject({ state: "completed", upload: { bytesAcknowledged: 100_000 } });
      expect((await row()).failure).toBeUndefined();
    });

    it("makes another upload if the answer to the creation was lost, and fills only one of them", async () => {
      const { server, line, finish } = await bench();
      line.faultAt = ({ method }) =>
        method === "POST" && line.requests.filter((it) => it.method === "POST").length === 1
          ? { kind: "answer-lost" }
          : undefined;
      await finish();
      await expectWhole(server);
    });

    it("starts over if the server has forgotten the upload", async () => {
      const { server, line, attempt, finish } = await bench();
      line.faultAt = atChunk(2, { kind: "down" });
      expect((await attempt()).kind).toBe("interrupted");
      for (const { path } of await server.stored()) {
        await rm(path);
        await rm(`${path}.json`);
      }
      expect((await finish()).map(({ kind }) => kind)).toEqual(["restart", "finished"]);
      await expectWhole(server);
    });

    it("waits for a server that is busy or has the upload locked, and counts no progress twice", async () => {
      for (const status of [503, 423]) {
        const { server, line, finish } = await bench();
        const response = () => new Response(null, { status, headers: { "retry-after": "7" } });
        line.faultAt = atChunk(1, { kind: "answer", response: response() });
        expect(await finish()).toMatchObject([
          { kind: "refused", status, retryAfterMs: 7_000 },
          { kind: "finished" },
        ]);
        await expectWhole(server);
      }
    });

    it("an Idempotency-Key, ours or the app's own, goes only with the creation", async () => {
      const request = requestRecord(`https://app.test/${protocol.name}`, "POST");
      const headers = { "idempotency-key": "key", "x-app": "1" };
      for (const row of [{ idempotencyKey: "key" }, { request: { ...request, headers } }]) {
        const { line, finish } = await bench({ row });
        line.faultAt = atChunk(2, { kind: "down" });
        await finish();
        const keyed = line.requests.filter((it) => it.headers.get("idempotency-key") === "key");
        expect(keyed.map(({ method }) => method)).toEqual(["POST"]);
        expect(line.requests.map((it) => it.headers.get("x-app"))).toEqual(
          line.requests.map(() => ("request" in row ? "1" : null)),
        );
      }
    });

    it("the refusal at the retry limit is the answer, even after progress", async () => {
      const { line, finish, row } = await bench({ configuration: { retry: { limit: 0, unsafe: true } } });
      line.faultAt = atChunk(2, { kind: "answer", response: new Response("later", { status: 503 }) });
      expect(await finish()).toMatchObject([{ kind: "finished", response: { status: 503 } }]);
      expect((await row()).failure).toBeUndefined();
    });

    it("asks once for the offset after a conflict, and goes on", async () => {
      const { server, line, finish } = await bench();
      line.faultAt = atChunk(2, { kind: "answer", response: new Response(null, { status: 409 }) });
      expect(await finish()).toMatchObject([{ kind: "finished" }]);
      await expectWhole(server);
      expect(line.talk.filter((word) => word === "HEAD")).toHaveLength(1);
    });

    it("an error status completes the task, and its body is kept", async () => {
      const { line, finish, row } = await bench();
      line.faultAt = ({ method }) =>
        method === "POST"
          ? { kind: "answer", response: new Response("no room", { status: 403 }) }
          : undefined;
      await finish();
      const { response, state } = await row();
      expect([state, response?.status]).toEqual(["completed", 403]);
      expect(new TextDecoder().decode(response?.body)).toBe("no room");
    });

    it("unanswered: does not count as a failure", async () => {
      const { line, attempt, row } = await bench();
      line.faultAt = () => ({ kind: "down" });
      expect((await attempt()).kind).toBe("unanswered");
      expect(await row()).toMatchObject({ state: "running", failures: 0, backoff: { isUnanswered: true } });
    });

    it("stopped in the middle: the acknowledged offset is on disk", async () => {
      const { line, attempt, controller, row } = await bench();
      line.faultAt = (request) => {
        if (request.method === "PATCH" && request.headers.get("upload-offset") !== "0") controller.abort();
        return controller.signal.aborted ? { kind: "down" } : undefined;
      };
      expect(await attempt()).toEqual({ kind: "stopped" });
      expect((await row()).upload?.bytesAcknowledged).toBeGreaterThan(0);
    });

    it("failed: the body is gone from the disk", async () => {
      const { attempt, database, row, line } = await bench();
      const { key } = await row();
      await database.write(["bodies"], "strict", (tx) => tx.objectStore("bodies").delete(["session", key]));
      expect(await attempt()).toMatchObject({ kind: "failed", failure: { code: "file-missing" } });
      expect(line.requests).toEqual([]);
    });

    it("failed: a full disk at a checkpoint, which no retry would help", async () => {
      const { finish, database, row } = await bench();
      const write = database.write.bind(database);
      let checkpoints = 0;
      vi.spyOn(database, "write").mockImplementation((stores, durability, body) => {
        if (durability === "relaxed") checkpoints += 1;
        const isFull = durability === "relaxed" && checkpoints > 2;
        return isFull
          ? Promise.reject(storageError(new DOMException("full", "QuotaExceededError")))
          : write(stores, durability, body);
      });
      expect(await finish()).toMatchObject([{ kind: "failed", failure: { code: "storage-full" } }]);
      expect(await row()).toMatchObject({ state: "completed", failure: { code: "storage-full" } });
      const bodies = await database.read(["bodies"], (tx) => tx.objectStore("bodies").count());
      expect(bodies).toBe(1);
    });

    it("across origins an immediate failure is a suspected block; a silence is not, and is not probed", async () => {
      for (const kind of ["down", "silence"] as const) {
        const { attempt, line } = await bench({
          row: { url: "https://else.test/file" },
          ...(kind === "silence" && { configuration: { timeoutIntervalForRequest: 0.05 } }),
        });
        line.faultAt = ({ mode }) =>
          mode === "no-cors" ? { kind: "answer", response: new Response() } : { kind };
        const isSuspectedBlock = kind === "down";
        expect(await attempt()).toMatchObject({ kind: "unanswered", isSuspectedBlock });
        expect(line.requests.some(({ mode }) => mode === "no-cors")).toBe(isSuspectedBlock);
      }
    });

    it("stopped while the app's hook hangs", async () => {
      const { attempt, controller, line } = await bench({ willSend: hangingHook });
      const outcome = attempt();
      setTimeout(() => controller.abort(), 20);
      expect(await outcome).toEqual({ kind: "stopped" });
      expect(line.requests).toEqual([]);
    });

    it("a cancelled upload is removed from the server", async () => {
      const { server, line, attempt, run } = await bench();
      line.faultAt = atChunk(2, { kind: "down" });
      await attempt();
      expect(await server.stored()).toHaveLength(1);
      line.faultAt = () => undefined;
      await protocol.discard(await run());
      expect(await server.stored()).toEqual([]);
    });

    it("a server that swallows the DELETE does not hold up the daemon for ever", async () => {
      const { line, attempt, run } = await bench();
      line.faultAt = atChunk(2, { kind: "down" });
      await attempt();
      line.faultAt = () => ({ kind: "silence" });
      const impatient = await run({ timeoutIntervalForRequest: 0.05 });
      await expect(protocol.discard(impatient)).rejects.toThrow("unanswered");
    });

    it("the worker may be stopped at any request, before and after the server has acted", async () => {
      for (const hasActed of [false, true]) {
        for (let at = 1; at <= 6; at += 1) {
          const { server, line, attempt, finish } = await bench();
          await new Promise<void>((resolve) => {
            line.faultAt = (_, number) =>
              number === at ? { kind: "killed", hasActed, onKill: resolve } : undefined;
            void attempt().then(() => resolve());
          });
          line.faultAt = () => undefined;
          await finish();
          await expectWhole(server);
        }
      }
    });

    it("with any faults and any sizes the whole body is on the server once, and no byte was skipped", async () => {
      for (let round = 0; round < 6; round += 1) {
        const sizeBytes = 300_000 + round * 999_999;
        const { server, line, finish } = await bench({ sizeBytes });
        line.faultAt = (request, number) =>
          request.method === "OPTIONS" || number % 3 !== round % 3 ? undefined : faultOf(request, number);
        const ends = await finish(200);
        expect(ends.at(-1)?.kind).toBe("finished");
        await expectWhole(server, sizeBytes);
      }
    });

    describe("is not misled by a hostile server", () => {
      /** Stands between the honest server and us. */
      type Liar = (request: Request, honest: () => Promise<Response>) => Promise<Response>;

      const lieAbout =
        (name: string, value: string | undefined, ...methods: string[]): Liar =>
        async ({ method }, honest) => {
          const response = await honest();
          const isLie = methods.includes(method) && response.headers.has(name);
          return isLie ? changed(response, name, value) : response;
        };

      const cases: [string, Liar][] = [
        ["whose offset goes back", lieAbout("upload-offset", "0", "PATCH", "HEAD")],
        ["whose offset exceeds the bytes sent", lieAbout("upload-offset", "3999999", "PATCH", "HEAD")],
        [
          "that claims bytes which were never sent, and takes the last one",
          async ({ method, headers }, honest) => {
            const isLast = method === "PATCH" && headers.get("upload-offset") === String(SIZE - 1);
            if (!isLast)
              return lieAbout(
                "upload-offset",
                String(SIZE - 1),
                "PATCH",
                "HEAD",
              )({ method } as Request, honest);
            const whole = { "upload-offset": String(SIZE), "upload-complete": "?1" };
            return new Response(null, { status: 204, headers: whole });
          },
        ],
        ["that does not return the upload's URL", lieAbout("location", undefined, "POST")],
        ["that wants the body at another origin", lieAbout("location", "https://evil.test/1", "POST")],
        [
          "that always reports a conflict",
          async ({ method }, honest) => (method === "PATCH" ? new Response(null, { status: 409 }) : honest()),
        ],
        [
          "whose offset goes up and, after a conflict, back, for ever",
          async ({ method, headers }, honest) => {
            const isFirst = headers.get("upload-offset") === "0";
            if (method === "PATCH" && !isFirst) return new Response(null, { status: 409 });
            const response = await honest();
            if (method !== "PATCH") return changed(response, "upload-offset", "0");
            return isFirst && response.status === 409
              ? new Response(null, {
                  status: 204,
                  headers: { "upload-offset": "262144", "upload-complete": "?0" },
                })
              : response;
          },
        ],
        [
          "that answers everything with a page",
          async () => new Response("<p>", { status: 200, headers: { "content-type": "text/html" } }),
        ],
      ];

      it.each(cases)("%s", async (_, lie) => {
        const directory = await mkdtemp(join(tmpdir(), "uploads-"));
        directories.push(directory);
        const server = makeServer(directory);
        const handle = (request: Request) => lie(request, () => server.handle(request));
        const { finish, row, line } = await uploadBench(newDatabase(), protocol, handle, { sizeBytes: SIZE });
        expect((await finish(50)).length).toBeLessThan(50);
        expect(line.requests.length).toBeLessThan(100);
        expect((await row()).failure?.code).toBe("bad-response");
        expect(line.requests.every(({ url }) => new URL(url).origin === "https://app.test")).toBe(true);
        expect((await server.stored()).filter(({ isComplete }) => isComplete)).toEqual([]);
      });
    });
  });
}

function faultOf({ method }: Request, number: number): Fault {
  if (method === "PATCH" && number % 2 === 0) return { kind: "cut", afterBytes: 10_000 * number };
  return number % 5 === 0 ? { kind: "down" } : { kind: "answer-lost" };
}

function changed({ status, headers, body }: Response, name: string, value: string | undefined): Response {
  const all = new Headers(headers);
  all.delete(name);
  if (value !== undefined) all.set(name, value);
  return new Response(body, { status, headers: all });
}
