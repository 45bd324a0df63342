import { describe, expect, it, vi } from "vitest";
import { DEFAULT_CONFIGURATION, type StoredConfiguration } from "../../src/protocol/configuration.ts";
import { canResume } from "../../src/store/can-resume.ts";
import type { Database } from "../../src/store/database.ts";
import type { FileRow, TaskRow } from "../../src/store/schema.ts";
import type { LiveFacts } from "../../src/store/task-info-of.ts";
import { changed, changeTask, readTask } from "../../src/store/tasks.ts";
import { afterOutcome } from "../../src/sw/decisions/after-outcome.ts";
import type { Outcome } from "../../src/sw/decisions/outcome.ts";
import type { Transport, TransportHost } from "../../src/sw/ports/transport.ts";
import { changeFile } from "../../src/sw/runs/change-file.ts";
import { attemptAt } from "../../src/sw/sending/attempt.ts";
import { fetchTransport } from "../../src/sw/transports/fetch-transport.ts";
import { useDatabases } from "../support/fake-database.ts";
import { type Exchange, type Manners, RangeServer } from "../support/range-server.ts";
import { everythingIn, insert } from "../support/stored.ts";
import { type RowOptions, requestRecord, taskRow } from "../support/task-row.ts";

/** A longer file than those that are stored with their outcome. */
const LONG_BYTES = 100_000;

interface Setting {
  readonly manners?: Manners;
  readonly row?: RowOptions;
  readonly configuration?: Partial<StoredConfiguration>;
  readonly freeBytes?: number;
  readonly size?: number;
}

/** How a transport is run. */
export interface Carrier {
  readonly transport: Transport;
  /** Changes the row before the daemon starts the transport. */
  readonly before?: (row: TaskRow) => Promise<TaskRow>;
}

export type CarrierOf = (server: RangeServer) => Carrier;

/** A task, its server and its disk; `attempt` runs the transport once, as the daemon does. */
interface Bench {
  readonly server: RangeServer;
  readonly database: Database;
  readonly controller: AbortController;
  readonly reports: LiveFacts[];
  readonly resumedAt: number[];
  attempt(): Promise<Outcome>;
  attemptOfWorker(): Promise<Outcome>;
  /** Applies the outcome, as the daemon does. */
  apply(outcome: Outcome): Promise<void>;
  row(): Promise<TaskRow>;
  bytes(): Promise<Uint8Array>;
  /** The request that waits for an answer. */
  asked(): Promise<Exchange>;
}

function benches(carrierOf: CarrierOf) {
  const newDatabase = useDatabases();

  async function bench(setting: Setting = {}): Promise<Bench> {
    const database = newDatabase();
    const server = new RangeServer(setting.manners, () => setting.size ?? 1_000);
    const url = setting.manners?.isForeign ? "https://else.test/file" : "https://app.test/file";
    const { key } = (await insert(database, taskRow({ url, ...setting.row }))).row;
    const controller = new AbortController();
    const row = async () => (await readTask(database, "session", key)) as TaskRow;
    const reports: LiveFacts[] = [];
    const resumedAt: number[] = [];
    const configuration = { ...DEFAULT_CONFIGURATION, ...setting.configuration };
    const host: TransportHost = {
      database,
      origin: "https://app.test",
      now: () => Date.now(),
      isOnline: () => true,
      fetch: server.fetch,
      freeBytes: async () => setting.freeBytes,
    };
    let last: Outcome | undefined;
    const attemptWith = async ({ transport, before = async (it) => it }: Carrier) => {
      last = await transport(
        attemptAt({
          row: await before(await row()),
          configuration,
          host,
          willSend: undefined,
          onHookError: () => {},
          signal: controller.signal,
          connections: 1,
          keepConnections: () => {},
          limit: () => undefined,
          report: (facts) => void reports.push(facts),
          reportResumed: (offset) => void resumedAt.push(offset),
        }),
      );
      return last;
    };
    return {
      server,
      database,
      controller,
      reports,
      resumedAt,
      attempt: () => attemptWith(carrierOf(server)),
      attemptOfWorker: () => attemptWith({ transport: fetchTransport }),
      row,
      apply: async (outcome) => {
        const facts = { now: Date.now(), jitter: 0, configuration };
        await changeTask(database, "session", key, "strict", async (it, tx) => {
          const after = afterOutcome(it, outcome, facts);
          await changeFile(tx, it, after, outcome);
          return after;
        });
      },
      bytes: async () => {
        // Those of a short file are stored with the outcome.
        if (last?.kind === "finished" && last.bytes !== undefined) return new Uint8Array(last.bytes);
        const { parts } = await everythingIn(database);
        return new Uint8Array(await new Blob(parts.map((part) => part.bytes)).arrayBuffer());
      },
      asked: () =>
        vi.waitFor(() => {
          const exchange = server.exchanges.find((it) => !it.isAnswered);
          if (exchange === undefined) throw new Error("nothing was asked");
          return exchange;
        }),
    };
  }

  async function cutAfter(
    count: number,
    it: Bench,
    attempt: () => Promise<Outcome>,
  ): Promise<[Bench, Outcome]> {
    it.server.isAutomatic = false;
    const outcome = attempt();
    const exchange = await it.asked();
    it.server.answer(exchange);
    exchange.send(count);
    await vi.waitFor(() => expect(it.reports.at(-1)?.bytesReceived).toBe(count));
    exchange.cut();
    it.server.isAutomatic = true;
    return [it, await outcome];
  }

  /** Runs one attempt that breaks off after `count` bytes. */
  async function interruptedAfter(count: number, setting: Setting = {}): Promise<[Bench, Outcome]> {
    const it = await bench(setting);
    return cutAfter(count, it, it.attempt);
  }

  /** Like `interruptedAfter`, but with the worker's own transport, whichever transport resumes. */
  async function begunByWorker(count: number, setting: Setting = {}): Promise<Bench> {
    const it = await bench(setting);
    const [, outcome] = await cutAfter(count, it, it.attemptOfWorker);
    await it.apply(outcome);
    return it;
  }

  return { bench, interruptedAfter, begunByWorker };
}

/** The contract of every transport. Each new one is passed to this function. */
export function transportContract(name: string, carrierOf: CarrierOf): void {
  describe(`${name} keeps the contract of transports`, () => {
    const { bench, begunByWorker } = benches(carrierOf);

    it("finished: all bytes are on disk, in the order in which they came", async () => {
      const { attempt, bytes, server } = await bench();
      const outcome = await attempt();
      expect(outcome).toMatchObject({ kind: "finished", bytesReceived: 1_000, response: { status: 200 } });
      expect(await bytes()).toEqual(server.bytes());
    });

    it("finished: an empty file", async () => {
      const { attempt, bytes } = await bench({ size: 0 });
      expect(await attempt()).toMatchObject({ kind: "finished", bytesReceived: 0 });
      expect((await bytes()).length).toBe(0);
    });

    it("writes only bytes and checkpoints: state, counts and events belong to the daemon", async () => {
      const { attempt, database, row } = await bench({ size: LONG_BYTES });
      const before = await row();
      await attempt();
      const { file, response, bytesReceived, bytesExpected, farthest, ...after } = await row();
      expect(changed(before, { ...after })).toEqual(before);
      expect([bytesReceived, bytesExpected, farthest]).toEqual([LONG_BYTES, LONG_BYTES, LONG_BYTES]);
      expect([file?.total, response?.status]).toEqual([LONG_BYTES, 200]);
      expect((await everythingIn(database)).outbox).toEqual([]);
    });

    it("if the length is unknown, the end of the stream ends the file", async () => {
      const { attempt } = await bench({ manners: { hasNoLength: true, ignoresRange: true } });
      expect(await attempt()).toMatchObject({ kind: "finished", bytesReceived: 1_000 });
    });

    it("unanswered: no connection", async () => {
      const { attempt, server, database } = await bench();
      server.isDown = true;
      expect((await attempt()).kind).toBe("unanswered");
      expect((await everythingIn(database)).parts).toEqual([]);
    });

    it("refused: retry later, with Retry-After", async () => {
      const { attempt, server, asked } = await bench();
      server.isAutomatic = false;
      const outcome = attempt();
      server.refuse(await asked(), 503, { "retry-after": "7" });
      expect(await outcome).toEqual({ kind: "refused", status: 503, retryAfterMs: 7_000 });
    });

    it("stopped at once, before any answer", async () => {
      const { attempt, server, asked, controller } = await bench();
      server.isAutomatic = false;
      const outcome = attempt();
      await asked();
      controller.abort();
      expect(await outcome).toEqual({ kind: "stopped" });
    });

    it("stopped: a task that was cancelled meanwhile leaves no bytes behind", async () => {
      const { attempt, server, asked, database, row } = await bench({ size: LONG_BYTES });
      server.isAutomatic = false;
      const outcome = attempt();
      const exchange = await asked();
      const { key } = await row();
      await changeTask(database, "session", key, "strict", (it) => changed(it, { live: undefined }));
      server.answer(exchange);
      exchange.finish();
      expect(await outcome).toEqual({ kind: "stopped" });
      expect((await everythingIn(database)).parts).toEqual([]);
    });

    it("failed: a download that cannot fit does not begin, and says how much space is missing", async () => {
      const { attempt, bytes } = await bench({ freeBytes: 999 });
      expect(await attempt()).toMatchObject({
        kind: "failed",
        failure: { code: "storage-full", message: expect.stringContaining("1000") },
      });
      expect((await bytes()).length).toBe(0);
    });

    it("a length that is known is believed rather than what the app expects", async () => {
      const { attempt } = await bench({ freeBytes: 1_000, row: { clientExpectsToReceive: 5_000 } });
      expect(await attempt()).toMatchObject({ kind: "finished", bytesReceived: 1_000 });
    });

    it("resumes from the checkpoint if an ETag proves that the file is the same", async () => {
      const { attempt, bytes, server, resumedAt } = await begunByWorker(300);
      expect(await attempt()).toMatchObject({ kind: "finished", bytesReceived: 1_000 });
      expect(await bytes()).toEqual(server.bytes());
      expect(server.exchanges.at(-1)?.request.headers.get("range")).toBe("bytes=300-");
      expect(resumedAt).toEqual([300]);
    });

    it.each<[string, Manners, "finished" | "restart"]>([
      ["a server that obeys If-Range sends the whole file", {}, "finished"],
      ["a server that ignores If-Range is not believed", { ignoresIfRange: true }, "restart"],
      ["a server that ignores ranges sends the whole file", { ignoresRange: true }, "finished"],
    ])("another version meanwhile: %s", async (_, manners, kind) => {
      const it = await begunByWorker(300, { manners });
      it.server.version += 1;
      const second = await it.attempt();
      expect(second.kind).toBe(kind);
      await it.apply(second);
      if (kind === "restart") await it.apply(await it.attempt());
      expect((await it.row()).state).toBe("completed");
      expect(await it.bytes()).toEqual(it.server.bytes());
    });
  });
}

/** The additional contract of transports that see the bytes arrive. */
export function streamingContract(name: string, carrierOf: CarrierOf): void {
  describe(`${name} keeps the contract of transports that see the bytes arrive`, () => {
    const { bench, interruptedAfter } = benches(carrierOf);

    it("finished: an HTTP status is not an error, and its body is kept", async () => {
      const { attempt, asked, server, bytes } = await bench();
      server.isAutomatic = false;
      const outcome = attempt();
      const exchange = await asked();
      server.refuse(exchange, 404);
      exchange.finish();
      expect(await outcome).toMatchObject({ kind: "finished", response: { status: 404 } });
      expect(new TextDecoder().decode(await bytes())).toBe("refused");
    });

    it("finished: a small body of a data task comes with the answer instead of being stored in parts", async () => {
      const { attempt, bytes, server } = await bench({ row: { kind: "data" } });
      const outcome = (await attempt()) as Extract<Outcome, { kind: "finished" }>;
      expect(new Uint8Array(outcome.response.body as ArrayBuffer)).toEqual(server.bytes());
      expect((await bytes()).length).toBe(0);
    });

    it("finished: a small answer to an upload is kept with its body, whatever its status", async () => {
      const upload = { sizeBytes: 5, bytesAcknowledged: 0 };
      const request = { ...requestRecord("https://app.test/file", "POST"), body: new ArrayBuffer(5) };
      const { attempt, asked, server, apply, row, bytes } = await bench({
        row: { kind: "upload", upload, request },
      });
      server.isAutomatic = false;
      const outcome = attempt();
      const exchange = await asked();
      expect((await exchange.request.arrayBuffer()).byteLength).toBe(5);
      server.refuse(exchange, 413);
      exchange.finish();
      await apply(await outcome);
      const { response, upload: after } = await row();
      expect([response?.status, after?.bytesAcknowledged]).toEqual([413, 0]);
      expect(new TextDecoder().decode(response?.body)).toBe("refused");
      expect((await bytes()).length).toBe(0);
    });

    it("interrupted: the bytes so far are on disk, and the outcome says that there was progress", async () => {
      const [{ bytes, row, server }, outcome] = await interruptedAfter(300);
      expect(outcome).toMatchObject({ kind: "interrupted", hasProgressed: true });
      expect((await row()).bytesReceived).toBe(300);
      expect(await bytes()).toEqual(server.bytes().slice(0, 300));
    });

    it("interrupted before the first byte: no progress", async () => {
      const [, outcome] = await interruptedAfter(0);
      expect(outcome).toMatchObject({ kind: "interrupted", hasProgressed: false });
    });

    it.each<[string, Manners]>([
      ["a date", { validator: "last-modified" }],
      ["a date, from another origin", { isForeign: true }],
      ["exposed headers, from another origin", { isForeign: true, isExposed: true }],
    ])("resumes from the checkpoint: %s", async (_, manners) => {
      const [{ attempt, apply, bytes, server, resumedAt }, outcome] = await interruptedAfter(300, {
        manners,
      });
      await apply(outcome);
      expect(await attempt()).toMatchObject({ kind: "finished", bytesReceived: 1_000 });
      expect(await bytes()).toEqual(server.bytes());
      expect(server.exchanges.at(-1)?.request.headers.get("range")).toBe("bytes=300-");
      expect(resumedAt).toEqual([300]);
    });

    it("never sends If-Range to another origin", async () => {
      const [{ attempt, apply, server }, outcome] = await interruptedAfter(300, {
        manners: { isForeign: true },
      });
      await apply(outcome);
      await attempt();
      expect(server.exchanges.some(({ request }) => request.headers.has("if-range"))).toBe(false);
    });

    it("another version meanwhile: another origin's 206 is not believed", async () => {
      const [it, first] = await interruptedAfter(300, { manners: { isForeign: true } });
      await it.apply(first);
      it.server.version += 1;
      const second = await it.attempt();
      expect(second.kind).toBe("restart");
      await it.apply(second);
      await it.apply(await it.attempt());
      expect((await it.row()).state).toBe("completed");
      expect(await it.bytes()).toEqual(it.server.bytes());
    });

    it.each<[string, Manners]>([
      ["own origin", { capBytes: 400 }],
      ["another origin", { capBytes: 400, isForeign: true, isExposed: true }],
    ])(
      "a server that caps its ranges is asked for the next range, and the file is whole: %s",
      async (_, manners) => {
        const [it, first] = await interruptedAfter(100, { manners });
        await it.apply(first);
        for (let count = 0; count < 5 && (await it.row()).state === "running"; count += 1)
          await it.apply(await it.attempt());
        expect(await it.bytes()).toEqual(it.server.bytes());
        expect(await it.row()).toMatchObject({ state: "completed", bytesReceived: 1_000 });
      },
    );

    describe("a server that caps its ranges to next to nothing makes no real progress and is asked for the whole file", () => {
      async function expectWhole(it: Bench, mostRequests: number): Promise<void> {
        for (let count = 0; count < 50 && (await it.row()).state === "running"; count += 1)
          await it.apply(await it.attempt());
        expect((await it.row()).state).toBe("completed");
        expect(Buffer.compare(await it.bytes(), it.server.bytes())).toBe(0);
        expect(it.server.exchanges.length).toBeLessThanOrEqual(mostRequests);
      }

      const caps = [1, 100, 4_000];

      it.each(caps)("%d bytes at a time, from the start", async (capBytes) => {
        await expectWhole(await bench({ size: 200_000, manners: { capBytes } }), 2);
      });

      it.each(caps)("%d bytes at a time, after a break", async (capBytes) => {
        const [it, first] = await interruptedAfter(100_000, { size: 200_000 });
        await it.apply(first);
        it.server.manners.capBytes = capBytes;
        await expectWhole(it, 4);
      });

      it("ranges of 64 KiB are worth their requests, and so are a few small ones", async () => {
        for (const [capBytes, size, requests] of [
          [65_536, 200_000, 4],
          [4, 10, 3],
        ] as const) {
          const it = await bench({ size, manners: { capBytes } });
          while ((await it.row()).state === "running") await it.apply(await it.attempt());
          expect(Buffer.compare(await it.bytes(), it.server.bytes())).toBe(0);
          expect(it.server.exchanges).toHaveLength(requests);
        }
      });
    });

    /** Answers the next request with a refusal if it has a `Range`, and as usual otherwise. */
    async function refuseRange({ server, asked }: Bench, status: number): Promise<void> {
      const exchange = await asked();
      if (exchange.request.headers.has("range")) server.refuse(exchange, status);
      else server.answer(exchange);
      exchange.finish();
    }

    it.each([400, 403, 405, 406, 412, 416, 417, 501, 505])(
      "a server that refuses bytes=0- with %i is asked without a range, once, and the refusal is remembered",
      async (status) => {
        const it = await bench({ configuration: { retry: { limit: 0, unsafe: true } } });
        it.server.isAutomatic = false;
        const outcome = it.attempt();
        await refuseRange(it, status);
        // If the status is an answer to the range, it ends the attempt; the next one follows at once.
        if (status === 416) await it.apply(await outcome);
        const whole = status === 416 ? it.attempt() : outcome;
        const exchange = await it.asked();
        expect(exchange.request.headers.get("range")).toBeNull();
        it.server.answer(exchange);
        exchange.send(300);
        await vi.waitFor(() => expect(it.reports.at(-1)?.bytesReceived).toBe(300));
        exchange.cut();
        await it.apply(await whole);
        expect((await it.row()).file?.isUnranged).toBe(true);
        const again = it.attempt();
        await refuseRange(it, status);
        expect(await again).toMatchObject({ kind: "finished", response: { status: 200 } });
        expect(await it.bytes()).toEqual(it.server.bytes());
        expect(it.server.exchanges).toHaveLength(3);
      },
    );

    it.each([
      [403, 2],
      [401, 1],
      [404, 1],
      [410, 1],
    ])("a refusal of the request itself is the answer: %i after %i requests", async (status, requests) => {
      const { attempt, server, asked } = await bench();
      server.isAutomatic = false;
      const outcome = attempt();
      for (let count = 0; count < requests; count += 1) {
        const exchange = await asked();
        server.refuse(exchange, status);
        exchange.finish();
      }
      expect(await outcome).toMatchObject({ kind: "finished", response: { status } });
      expect(server.exchanges).toHaveLength(requests);
    });

    it.each([500, 503])(
      "%i to a range and to nothing else: another attempt omits the range",
      async (status) => {
        const it = await bench();
        it.server.isAutomatic = false;
        for (let count = 0; count < 4 && (await it.row()).state === "running"; count += 1) {
          const outcome = it.attempt();
          await refuseRange(it, status);
          await it.apply(await outcome);
        }
        expect(await it.row()).toMatchObject({ state: "completed", response: { status: 200 } });
        // The cause may have been something else: later attempts ask for ranges again.
        expect((await it.row()).file?.isUnranged).toBeUndefined();
      },
    );

    it.each([300, 400, 401, 403, 404, 410, 412, 501, 599])(
      "a refusal of the rest keeps the bytes and says so: %i",
      async (status) => {
        const [it, first] = await interruptedAfter(300);
        await it.apply(first);
        it.server.isAutomatic = false;
        const outcome = it.attempt();
        // A status that objects to how it was asked is followed by one request without a range: the whole may be
        // available.
        const requests = [412, 501].includes(status) ? 2 : 1;
        for (let count = 0; count < requests; count += 1) it.server.refuse(await it.asked(), status);
        await it.apply(await outcome);
        const row = await it.row();
        expect(row).toMatchObject({ state: "completed", response: { status }, bytesReceived: 300 });
        expect(row.failure?.code).toBe("bad-response");
        expect(row.failure?.message).toContain(`HTTP ${status}`);
        expect(row.failure?.message).toContain("300 bytes");
        expect(canResume(row)).toBe(true);
        expect(await it.bytes()).toEqual(it.server.bytes().slice(0, 300));
      },
    );

    it("a rest that is refused up to the limit keeps the bytes", async () => {
      const [it, first] = await interruptedAfter(300, { row: { retry: { limit: 1, unsafe: true } } });
      await it.apply(first);
      it.server.isAutomatic = false;
      for (let count = 0; count < 2; count += 1) {
        const outcome = it.attempt();
        it.server.refuse(await it.asked(), 503);
        await it.apply(await outcome);
      }
      expect(await it.row()).toMatchObject({
        failure: { code: "bad-response" },
        response: { status: 503 },
        bytesReceived: 300,
      });
    });

    it("if a server without ranges refuses the whole file during a download, the bytes are kept", async () => {
      const [it, first] = await interruptedAfter(300);
      await it.apply(first);
      await it.apply({ kind: "stopped" });
      const { key, file } = await it.row();
      const unranged = { ...(file as FileRow), isUnranged: true as const };
      await changeTask(it.database, "session", key, "strict", (row) => changed(row, { file: unranged }));
      it.server.isAutomatic = false;
      const outcome = it.attempt();
      const exchange = await it.asked();
      expect(exchange.request.headers.get("range")).toBeNull();
      it.server.refuse(exchange, 403);
      expect(await outcome).toMatchObject({ kind: "failed", failure: { code: "bad-response" } });
    });

    it("a rest that is refused with 501 is followed by a request for the whole file", async () => {
      const [it, first] = await interruptedAfter(300, { manners: { isForeign: true } });
      await it.apply(first);
      it.server.isAutomatic = false;
      const outcome = it.attempt();
      await refuseRange(it, 501);
      await refuseRange(it, 501);
      expect(await outcome).toMatchObject({ kind: "finished", response: { status: 200 } });
      expect(await it.bytes()).toEqual(it.server.bytes());
    });

    it.each<[string, Manners]>([
      ["own origin", {}],
      ["another origin", { isForeign: true, isExposed: true }],
    ])(
      "a 206 without a range request is the beginning, and the rest is requested: %s",
      async (_, manners) => {
        const it = await bench({ manners });
        it.server.isAutomatic = false;
        const outcome = it.attempt();
        const exchange = await it.asked();
        exchange.answer(
          206,
          { etag: '"1"', "content-range": "bytes 0-399/1000" },
          it.server.bytes().slice(0, 400),
          manners.isForeign ? "cors" : "basic",
        );
        exchange.finish();
        await it.apply(await outcome);
        expect(await it.row()).toMatchObject({ state: "running", bytesReceived: 400, failures: 0 });
        it.server.isAutomatic = true;
        await it.apply(await it.attempt());
        expect(await it.row()).toMatchObject({ state: "completed", response: { status: 200 } });
        expect(it.server.exchanges.at(-1)?.request.headers.get("range")).toBe("bytes=400-");
        expect(await it.bytes()).toEqual(it.server.bytes());
      },
    );

    it("a 206 without a range request and with a hidden Content-Range is not a file", async () => {
      const it = await bench({ manners: { isForeign: true }, row: { retry: { limit: 1, unsafe: true } } });
      it.server.isAutomatic = false;
      for (let count = 0; count < 2; count += 1) {
        const outcome = it.attempt();
        const exchange = await it.asked();
        exchange.answer(206, { "content-length": "400" }, it.server.bytes().slice(0, 400), "cors");
        exchange.finish();
        await it.apply(await outcome);
      }
      expect(await it.row()).toMatchObject({ state: "completed", failure: { code: "bad-response" } });
    });

    it.each<[string, RowOptions]>([
      ["a data task", { kind: "data" }],
      [
        "a download whose app set a Range",
        { request: { ...requestRecord("https://app.test/file"), headers: { range: "bytes=0-399" } } },
      ],
    ])("a 206 that the task wants is passed on unchanged: %s", async (_, row) => {
      const it = await bench({ row });
      it.server.isAutomatic = false;
      const outcome = it.attempt();
      const exchange = await it.asked();
      exchange.answer(206, { "content-range": "bytes 0-399/1000" }, it.server.bytes().slice(0, 400), "basic");
      exchange.finish();
      expect(await outcome).toMatchObject({
        kind: "finished",
        bytesReceived: 400,
        response: { status: 206, headers: { "content-range": "bytes 0-399/1000" } },
      });
    });

    it("a range that brings more bytes than it declares starts over", async () => {
      const it = await bench();
      it.server.isAutomatic = false;
      const outcome = it.attempt();
      const exchange = await it.asked();
      exchange.answer(206, { etag: '"1"', "content-range": "bytes 0-399/1000" }, it.server.bytes(), "basic");
      exchange.finish();
      expect((await outcome).kind).toBe("restart");
    });

    it("a body that ends early is interrupted, and one that is too long starts over", async () => {
      for (const [length, kind] of [
        ["1001", "interrupted"],
        ["999", "restart"],
      ] as const) {
        const it = await bench();
        it.server.isAutomatic = false;
        const outcome = it.attempt();
        const exchange = await it.asked();
        exchange.answer(200, { "content-length": length, etag: '"1"' }, it.server.bytes(), "basic");
        exchange.finish();
        expect((await outcome).kind).toBe(kind);
      }
    });

    it("unanswered: silence for longer than timeoutIntervalForRequest", async () => {
      const { attempt, server } = await bench({ configuration: { timeoutIntervalForRequest: 0.05 } });
      server.isAutomatic = false;
      expect(await attempt()).toMatchObject({
        kind: "unanswered",
        message: expect.stringContaining("timeoutIntervalForRequest"),
      });
    });

    it("interrupted: silence in the middle of the body, and the bytes so far are kept", async () => {
      const { attempt, server, asked, row } = await bench({
        configuration: { timeoutIntervalForRequest: 0.2 },
      });
      server.isAutomatic = false;
      const outcome = attempt();
      const exchange = await asked();
      server.answer(exchange);
      exchange.send(200);
      expect((await outcome).kind).toBe("interrupted");
      expect((await row()).bytesReceived).toBe(200);
    });

    it("the refusal at the retry limit is the answer itself", async () => {
      const { attempt, server, asked } = await bench({
        configuration: { retry: { limit: 0, unsafe: true } },
      });
      server.isAutomatic = false;
      const outcome = attempt();
      const exchange = await asked();
      server.refuse(exchange, 503);
      exchange.finish();
      expect(await outcome).toMatchObject({ kind: "finished", response: { status: 503 } });
    });

    it("stopped in the middle: with a checkpoint of all bytes so far", async () => {
      const { attempt, server, asked, controller, reports, row, bytes } = await bench();
      server.isAutomatic = false;
      const outcome = attempt();
      const exchange = await asked();
      server.answer(exchange);
      exchange.send(250);
      await vi.waitFor(() => expect(reports.at(-1)?.bytesReceived).toBe(250));
      controller.abort();
      expect(await outcome).toEqual({ kind: "stopped" });
      expect((await row()).bytesReceived).toBe(250);
      expect(await bytes()).toEqual(server.bytes().slice(0, 250));
    });

    it("failed: the body to send is gone from the disk", async () => {
      const { attempt } = await bench({ row: { kind: "data", method: "POST", hasBody: true } });
      expect(await attempt()).toMatchObject({ kind: "failed", failure: { code: "file-missing" } });
    });

    it("reports first that it connects, then each step, and never goes back", async () => {
      const { attempt, reports } = await bench();
      await attempt();
      expect([...new Set(reports.map(({ activity }) => activity))]).toEqual([
        "connecting",
        "transferring",
        "finishing",
      ]);
      const counts = reports.map(({ bytesReceived = 0 }) => bytesReceived);
      expect(counts).toEqual([...counts].sort((a, b) => a - b));
    });
  });
}
