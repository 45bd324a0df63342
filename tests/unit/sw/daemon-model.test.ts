import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Database } from "../../../src/store/database.ts";
import type { TaskRow } from "../../../src/store/schema.ts";
import { openStoredSession } from "../../../src/store/sessions.ts";
import { liveTasks } from "../../../src/store/tasks.ts";
import { countedRanges, rangesOf } from "../../../src/sw/decisions/byte-ranges.ts";
import { parallelTransport } from "../../../src/sw/parallel/parallel-transport.ts";
import { reconcile } from "../../../src/sw/runs/reconcile.ts";
import { takeClock } from "../../support/clock.ts";
import { freshName } from "../../support/fake-database.ts";
import { FakeWorld, macrotasks } from "../../support/fake-world.ts";
import { casesOf } from "../../support/fuzz.ts";
import { type Exchange, type Manners, RangeServer } from "../../support/range-server.ts";
import { everythingIn, insert } from "../../support/stored.ts";
import { taskRow } from "../../support/task-row.ts";

/** One step of the world. The next comes `turns` later, wherever the daemon is by then. */
type Step =
  | { readonly do: "make" | "change entity" }
  /** The next one is of a version that knows nothing of parallel ranges. */
  | { readonly do: "stop worker"; readonly isOlder: boolean }
  | { readonly do: "answer" | "cut" | "finish" | "refuse"; readonly which: number }
  | { readonly do: "send"; readonly which: number; readonly count: number }
  | { readonly do: "suspend" | "resume" | "cancel"; readonly which: number }
  /** An attempt receives this many bytes, then the connection breaks. */
  | { readonly do: "interrupt"; readonly count: number }
  | { readonly do: "advance"; readonly ms: number };

const which = fc.nat(3);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ do: "make" } as const) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("stop worker" as const),
      isOlder: fc.constantFrom(false, false, true),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: "change entity" } as const) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant("answer" as const), which }) },
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant("send" as const), which, count: fc.integer({ min: 1, max: 40 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("cut" as const), which }) },
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant("interrupt" as const), count: fc.integer({ min: 1, max: 40 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("finish" as const, "refuse" as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("suspend" as const, "resume" as const, "resume" as const, "cancel" as const),
      which,
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.constantFrom(1_000, 1_000, 70_000) }),
  },
);

const seldom = fc.constantFrom(false, false, false, true);
const anyManners: fc.Arbitrary<Manners> = fc.record({
  validator: fc.constantFrom("etag" as const, "etag" as const, "last-modified" as const, "none" as const),
  ignoresRange: seldom,
  ignoresIfRange: fc.boolean(),
  hasNoLength: seldom,
  isForeign: fc.boolean(),
  isExposed: fc.boolean(),
});

/** A server whose files may be split, whatever happens to them then. */
const honestManners: fc.Arbitrary<Manners> = fc.record({
  validator: fc.constantFrom("etag" as const, "last-modified" as const),
  ignoresIfRange: fc.boolean(),
});

/** Most versions are as long as the one before; some are shorter than what may be on disk. */
function sizeOf(version: number): number {
  return version % 3 === 0 ? 35 : 80;
}

/** They split small files too. */
const PARALLEL_RANGES = { transport: parallelTransport({ leftBytes: 30, segmentBytes: 8 }) };

class Story {
  readonly world: FakeWorld;
  readonly page: Database;
  readonly keys: string[] = [];
  readonly #url: string;
  readonly #connections: number;

  constructor(manners: Manners, connections: number) {
    this.#connections = connections;
    this.world = new FakeWorld(freshName(), new RangeServer(manners, sizeOf));
    this.world.parallelRanges = PARALLEL_RANGES;
    this.world.server.isAutomatic = false;
    this.page = this.world.page();
    this.#url = manners.isForeign ? "https://else.test/file" : "https://app.test/file";
  }

  async begin(): Promise<void> {
    await openStoredSession(this.page, "session", undefined);
    this.world.start();
    await this.#make();
  }

  async happen(step: Step): Promise<void> {
    switch (step.do) {
      case "make":
        return this.#make();
      case "stop worker":
        return this.#stopWorker(step.isOlder);
      case "change entity":
        this.world.server.version += 1;
        return;
      case "suspend":
      case "resume":
      case "cancel":
        return this.#control(step.do, step.which);
      case "interrupt":
        return this.#interrupt(step.count);
      case "advance":
        await vi.advanceTimersByTimeAsync(step.ms);
        return;
      default:
        this.#serve(step);
    }
  }

  /** Everything works again, so unfinished tasks end. */
  async end(): Promise<void> {
    const { server } = this.world;
    server.isAutomatic = true;
    for (let round = 0; round < 60; round += 1) {
      for (const exchange of server.exchanges) this.#complete(exchange);
      for (const row of await liveTasks(this.page)) {
        if (row.state === "suspended") await this.#send("resume", row.key);
      }
      await vi.advanceTimersByTimeAsync(60_000);
      await macrotasks(10);
      if ((await liveTasks(this.page)).length === 0) break;
    }
    await reconcile(this.page, Date.now(), () => {});
  }

  close(): void {
    this.world.kill();
    this.page.close();
    vi.clearAllTimers();
  }

  async #make(): Promise<void> {
    const { key } = taskRow();
    const deadline = Date.now() + 604_800_000;
    this.keys.push(key);
    await insert(this.page, taskRow({ key, deadline, url: this.#url, connections: this.#connections }));
    void this.world.daemon?.handle({ type: "inserted", session: "session", keys: [key] }, "page");
  }

  async #stopWorker(isOlder: boolean): Promise<void> {
    this.world.kill();
    await this.#expectCounted();
    this.world.parallelRanges = isOlder ? undefined : PARALLEL_RANGES;
    // A worker's timers end with it.
    vi.clearAllTimers();
    this.world.start();
  }

  /** The rows count the parts that are on disk. What cannot be resumed is deleted later. */
  async #expectCounted(): Promise<void> {
    const { tasks, parts } = await everythingIn(this.page);
    for (const row of tasks) {
      if (row.file?.validator === undefined) continue;
      const own = parts.filter(({ fileId }) => fileId === row.file?.fileId);
      expect(rangesOf(own)).toEqual(countedRanges(row));
    }
  }

  async #control(action: "suspend" | "resume" | "cancel", index: number): Promise<void> {
    const key = this.keys[index % Math.max(1, this.keys.length)];
    if (key !== undefined) void this.#send(action, key);
  }

  async #send(action: "suspend" | "resume" | "cancel", key: string): Promise<void> {
    await this.world.daemon?.handle({ type: "control", session: "session", key, action }, "page");
  }

  async #interrupt(count: number): Promise<void> {
    const exchange = this.world.server.exchanges.find((it) => !it.isAnswered && !it.isOver);
    if (exchange === undefined) return;
    this.world.server.answer(exchange);
    exchange.send(count);
    await macrotasks(20);
    exchange.cut();
    await macrotasks(20);
    await vi.advanceTimersByTimeAsync(2_000);
  }

  #serve(step: Extract<Step, { readonly which: number }>): void {
    const { server } = this.world;
    const isWaiting = step.do === "answer" || step.do === "refuse";
    const open = server.exchanges.filter((it) => !it.isOver && it.isAnswered !== isWaiting);
    const exchange = open[step.which % Math.max(1, open.length)];
    if (exchange === undefined) return;
    if (step.do === "cut") exchange.cut();
    else if (step.do === "refuse") server.refuse(exchange, 503);
    else if (step.do === "answer") server.answer(exchange);
    else if (step.do === "send") exchange.send(step.count);
    else exchange.finish();
  }

  #complete(exchange: Exchange): void {
    if (!exchange.isAnswered) this.world.server.answer(exchange);
    exchange.finish();
  }
}

describe("Daemon, whatever happens", () => {
  beforeEach(() => takeClock());
  afterEach(() => void vi.useRealTimers());

  /** The file is of one version, from its first byte to its last. */
  async function expectOneVersion(story: Story, row: TaskRow): Promise<void> {
    const { parts } = await everythingIn(story.page);
    const own = parts.filter(({ fileId }) => fileId === row.file?.fileId);
    const bytes = new Uint8Array(await new Blob(own.map((part) => part.bytes)).arrayBuffer());
    expect(bytes.length).toBe(row.bytesReceived);
    const { server } = story.world;
    if (row.response?.status === 503) return;
    const versions = Array.from({ length: server.version }, (_, index) => server.bytes(index + 1));
    expect(versions.map((version) => version.join())).toContain(bytes.join());
  }

  async function expectAllWell(story: Story): Promise<void> {
    const { tasks, parts, outbox } = await everythingIn(story.page);
    expect(tasks.length).toBe(story.keys.length);
    for (const row of tasks) {
      expect(row.state).toBe("completed");
      const types = outbox.filter(({ taskKey }) => taskKey === row.key).map(({ type }) => type);
      const isFile = row.failure === undefined;
      expect(types).toEqual(isFile ? ["didFinishDownloading", "didComplete"] : ["didComplete"]);
      if (isFile) await expectOneVersion(story, row);
      else expect(["cancelled", "network-lost", "bad-response"]).toContain(row.failure?.code);
    }
    const spokenOf = new Set(tasks.map((row) => row.file?.fileId));
    expect(parts.filter(({ fileId }) => !spokenOf.has(fileId))).toEqual([]);
  }

  it.each([
    ["one connection", 1, anyManners],
    ["several connections", 4, honestManners],
  ])(
    "each task ends once, each file is one version and never a mixture, and nothing is left over: %s",
    async (_, connections, manners) => {
      // Whole transactions pass between two steps, or nothing at all.
      const turns = fc.constantFrom(0, 1, 3, 10, 40, 40);
      const steps = fc.array(fc.tuple(anyStep, turns), { minLength: 20, maxLength: 80 });
      await fc.assert(
        fc.asyncProperty(manners, steps, async (server, events) => {
          vi.setSystemTime(1_000_000);
          const story = new Story(server, connections);
          try {
            await story.begin();
            for (const [step, count] of events) {
              await story.happen(step);
              await macrotasks(count);
            }
            await story.end();
            await expectAllWell(story);
          } finally {
            story.close();
          }
        }),
        { numRuns: casesOf(connections > 1 ? 300 : 60), endOnFailure: true },
      );
    },
  );
});
