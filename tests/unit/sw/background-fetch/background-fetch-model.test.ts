import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type CarriedTask, fetchIdFor } from "../../../../src/protocol/background-fetch.ts";
import type { TaskAction } from "../../../../src/protocol/commands.ts";
import type { Database } from "../../../../src/store/database.ts";
import type { TaskRow } from "../../../../src/store/schema.ts";
import { openStoredSession } from "../../../../src/store/sessions.ts";
import { liveTasks } from "../../../../src/store/tasks.ts";
import { reconcile } from "../../../../src/sw/runs/reconcile.ts";
import { takeClock } from "../../../support/clock.ts";
import type { FakeBackgroundFetch } from "../../../support/fake-background-fetch.ts";
import { freshName } from "../../../support/fake-database.ts";
import { FakeWorld, macrotasks } from "../../../support/fake-world.ts";
import { casesOf } from "../../../support/fuzz.ts";
import { type Exchange, RangeServer } from "../../../support/range-server.ts";
import { everythingIn, insert } from "../../../support/stored.ts";
import { taskRow } from "../../../support/task-row.ts";

/** One step of the world. The next comes `turns` later, wherever everything is by then. */
type Step =
  | { readonly do: "make" | "stop worker" | "change entity" }
  /** The page lets the browser fetch the rest, from this many bytes ahead; its message about that may be lost. */
  | { readonly do: "leave"; readonly ahead: number; readonly isTold: boolean }
  | { readonly do: "close browser" | "lose registrations" | "abort by user" | "retry" }
  | { readonly do: "answer" | "cut" | "finish" | "refuse"; readonly which: number; readonly status: number }
  | { readonly do: "send"; readonly which: number; readonly count: number }
  /** The worker receives this many bytes, and has them on disk. */
  | { readonly do: "checkpoint"; readonly count: number }
  /** The browser receives this many bytes, then the connection breaks. */
  | { readonly do: "break"; readonly count: number }
  /** The browser receives all that it requested. */
  | { readonly do: "bring" }
  | { readonly do: "suspend" | "resume" | "cancel"; readonly which: number }
  | { readonly do: "advance"; readonly ms: number };

const which = fc.nat(5);
const status = fc.constantFrom(404, 503, 503);

function doing<Name extends Step["do"]>(...names: Name[]): fc.Arbitrary<{ do: Name }> {
  return fc.constantFrom(...names.map((name) => ({ do: name })));
}

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: doing("make") },
  { weight: 3, arbitrary: doing("stop worker") },
  { weight: 2, arbitrary: doing("change entity") },
  { weight: 2, arbitrary: doing("close browser", "lose registrations", "abort by user", "retry", "retry") },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("leave" as const),
      ahead: fc.constantFrom(0, 5, 20, 20),
      isTold: fc.constantFrom(true, true, true, false),
    }),
  },
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constantFrom("checkpoint" as const, "break" as const),
      count: fc.integer({ min: 1, max: 30 }),
    }),
  },
  { weight: 10, arbitrary: doing("bring") },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("answer" as const), which, status }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("send" as const), which, count: fc.integer({ min: 1, max: 40 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("cut" as const), which, status }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("finish" as const, "finish" as const, "refuse" as const),
      which,
      status,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("suspend" as const, "resume" as const, "resume" as const, "cancel" as const),
      which,
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("advance" as const),
      ms: fc.constantFrom(1_000, 1_000, 6_000, 70_000),
    }),
  },
);

/** Most versions are as long as the one before; some are shorter than what may be on disk. */
function sizeOf(version: number): number {
  return version % 3 === 0 ? 35 : 80;
}

class Story {
  readonly world: FakeWorld;
  readonly browser: FakeBackgroundFetch;
  readonly page: Database;
  readonly keys: string[] = [];

  constructor(validator: "etag" | "last-modified" | "none") {
    this.world = new FakeWorld(freshName(), new RangeServer({ validator }, sizeOf));
    this.world.server.isAutomatic = false;
    this.browser = this.world.addBackgroundFetch();
    this.browser.isPatient = true;
    this.page = this.world.page();
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
        this.world.kill();
        // A worker's timers end with it.
        vi.clearAllTimers();
        this.world.start();
        return;
      case "change entity":
        this.world.server.version += 1;
        return;
      case "leave":
        return this.#leave(step.ahead, step.isTold);
      case "close browser":
        return this.browser.close();
      case "lose registrations":
        return this.browser.lose();
      case "abort by user":
        for (const id of await this.browser.getIds()) await (await this.browser.get(id))?.abort();
        return;
      case "retry":
        return this.browser.retry();
      case "checkpoint":
        return this.#checkpoint(step.count);
      case "break":
      case "bring": {
        const exchange = this.#open("browser");
        if (exchange === undefined) return;
        if (!exchange.isAnswered) this.world.server.answer(exchange);
        if (step.do === "bring") return exchange.finish();
        exchange.send(step.count);
        await macrotasks(3);
        return exchange.cut();
      }
      case "suspend":
      case "resume":
      case "cancel":
        return this.#control(step.do, this.keys[step.which % this.keys.length]);
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
      this.browser.retry();
      for (const exchange of server.exchanges) this.#complete(exchange);
      for (const row of await liveTasks(this.page)) {
        if (row.state === "suspended") await this.#control("resume", row.key);
      }
      await macrotasks(20);
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
    const row = taskRow({ deadline: Date.now() + 604_800_000 });
    const request = { ...row.request, url: `https://app.test/${row.key}` };
    this.keys.push(row.key);
    await insert(this.page, { ...row, request });
    void this.world.daemon?.handle({ type: "inserted", session: "session", keys: [row.key] }, "page");
  }

  /** As the daemon offers it: the rest if an ETag proves it, the whole file if nothing has begun. */
  async #leave(ahead: number, isTold: boolean): Promise<void> {
    const rows = (await liveTasks(this.page)).filter((row) => row.state === "running").slice(0, 3);
    const tasks = rows.flatMap((row): CarriedTask[] => {
      const { session, key, file, bytesReceived } = row;
      const common = { session, key, reason: "page-leaving" } as const;
      if (bytesReceived === 0) return [{ ...common, start: 0 }];
      const start = bytesReceived + ahead;
      const isProvable = file?.validator?.kind === "etag" && start < (file.total ?? 0);
      return isProvable ? [{ ...common, start, fileId: file.fileId }] : [];
    });
    if (tasks.length === 0) return;
    const requests = tasks.map(({ key, start }) => {
      const row = rows.find((it) => it.key === key) as TaskRow;
      const proof = start > 0 && { range: `bytes=${start}-`, "if-range": row.file?.validator?.value ?? "" };
      return new Request(row.request.url, { headers: { ...proof } });
    });
    const id = fetchIdFor(tasks);
    const isStarted = await this.browser.fetch(id, requests).then(
      () => true,
      () => false,
    );
    // A page that leaves does not learn whether the browser starts it, and announces it anyway.
    if (isTold || !isStarted) void this.world.daemon?.handle({ type: "fetch-started", id, tasks }, "page");
  }

  #open(by: "browser" | "worker"): Exchange | undefined {
    return this.world.server.exchanges.find(
      (it) => !it.isOver && this.browser.isOwn(it.request) === (by === "browser"),
    );
  }

  async #checkpoint(count: number): Promise<void> {
    const exchange = this.#open("worker");
    if (exchange === undefined) return;
    if (!exchange.isAnswered) this.world.server.answer(exchange);
    await macrotasks(3);
    exchange.send(count);
    await macrotasks(10);
    await vi.advanceTimersByTimeAsync(1_000);
    await macrotasks(10);
  }

  async #control(action: TaskAction, key: string | undefined): Promise<void> {
    if (key === undefined) return;
    void this.world.daemon?.handle({ type: "control", session: "session", key, action }, "page");
  }

  #serve(step: Extract<Step, { do: "answer" | "cut" | "finish" | "refuse" | "send" }>): void {
    const { server } = this.world;
    const isWaiting = step.do === "answer" || step.do === "refuse";
    const open = server.exchanges.filter((it) => !it.isOver && it.isAnswered !== isWaiting);
    const exchange = open[step.which % Math.max(1, open.length)];
    if (exchange === undefined) return;
    if (step.do === "cut") exchange.cut();
    else if (step.do === "refuse") {
      server.refuse(exchange, step.status);
      exchange.finish();
    } else if (step.do === "answer") server.answer(exchange);
    else if (step.do === "send") exchange.send(step.count);
    else exchange.finish();
  }

  #complete(exchange: Exchange): void {
    if (!exchange.isAnswered) this.world.server.answer(exchange);
    exchange.finish();
  }
}

describe("Daemon with Background Fetch, whatever happens", () => {
  beforeEach(() => takeClock());
  afterEach(() => void vi.useRealTimers());

  /** The file is of one version, from its first byte to its last. */
  async function expectOneVersion({ page, world }: Story, row: TaskRow): Promise<void> {
    const { parts } = await everythingIn(page);
    const own = parts.filter(({ fileId }) => fileId === row.file?.fileId);
    const bytes = new Uint8Array(await new Blob(own.map((part) => part.bytes)).arrayBuffer());
    expect(bytes.length).toBe(row.bytesReceived);
    if ((row.response?.status ?? 0) >= 400) return;
    const { server } = world;
    const versions = Array.from({ length: server.version }, (_, index) => server.bytes(index + 1));
    expect(versions.map((version) => version.join())).toContain(bytes.join());
  }

  async function expectAllWell(story: Story): Promise<void> {
    const { tasks, parts, outbox } = await everythingIn(story.page);
    expect(tasks.length).toBe(story.keys.length);
    for (const row of tasks) {
      expect(row.state).toBe("completed");
      expect(row.backgroundFetch).toBeUndefined();
      const types = outbox.filter(({ taskKey }) => taskKey === row.key).map(({ type }) => type);
      const isFile = row.failure === undefined;
      expect(types).toEqual(isFile ? ["didFinishDownloading", "didComplete"] : ["didComplete"]);
      if (isFile) await expectOneVersion(story, row);
      else
        expect(["cancelled", "user-cancelled", "network-lost", "bad-response"]).toContain(row.failure?.code);
    }
    const spokenOf = new Set(tasks.map((row) => row.file?.fileId));
    expect(parts.filter(({ fileId }) => !spokenOf.has(fileId))).toEqual([]);
  }

  it("each task ends once, each file is one version and never a mixture, and nothing is left over", async () => {
    const turns = fc.constantFrom(0, 1, 3, 10, 40, 40);
    const steps = fc.array(fc.tuple(anyStep, turns), { minLength: 20, maxLength: 80 });
    const validator = fc.constantFrom(
      "etag" as const,
      "etag" as const,
      "last-modified" as const,
      "none" as const,
    );
    await fc.assert(
      fc.asyncProperty(validator, steps, async (validator, events) => {
        vi.setSystemTime(1_000_000);
        const story = new Story(validator);
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
      { numRuns: casesOf(60), endOnFailure: true },
    );
  }, 120_000);
});
