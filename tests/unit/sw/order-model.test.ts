import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { OnFailure } from "../../../src/protocol/configuration.ts";
import { isFinished } from "../../../src/protocol/task-state.ts";
import { PROTOCOL } from "../../../src/protocol/versions.ts";
import type { Database } from "../../../src/store/database.ts";
import { endedBadly } from "../../../src/store/following-end.ts";
import { type Insertion, insertTasks } from "../../../src/store/insert.ts";
import { releaseQueue } from "../../../src/store/queues.ts";
import type { TaskRow } from "../../../src/store/schema.ts";
import { openStoredSession } from "../../../src/store/sessions.ts";
import { liveTasks } from "../../../src/store/tasks.ts";
import { takeClock } from "../../support/clock.ts";
import { freshName } from "../../support/fake-database.ts";
import { FakeWorld, macrotasks } from "../../support/fake-world.ts";
import { casesOf } from "../../support/fuzz.ts";
import { type Exchange, RangeServer } from "../../support/range-server.ts";
import { everythingIn, type Stored } from "../../support/stored.ts";
import { taskRow } from "../../support/task-row.ts";

const QUEUES: Record<string, OnFailure> = { a: "continue", b: "hold", c: "cancel" };

interface Made {
  readonly queue: string | undefined;
  /** How far back are the tasks that it comes after. */
  readonly after: readonly number[];
  readonly isSuspended: boolean;
  /** It replaces the task of this id, if there is one. */
  readonly id: string | undefined;
}

type Step =
  | { readonly do: "make"; readonly tasks: readonly Made[]; readonly isTold: boolean }
  | { readonly do: "stop worker" | "deploy" | "set the clock back" }
  | { readonly do: "release"; readonly queue: string }
  | { readonly do: "answer"; readonly which: number; readonly status: 200 | 404 | 503 }
  | { readonly do: "cut"; readonly which: number }
  | { readonly do: "suspend" | "resume" | "cancel"; readonly which: number }
  | { readonly do: "advance"; readonly ms: number };

const which = fc.nat(7);
const anyQueue = fc.constantFrom(...Object.keys(QUEUES));
const anyTask: fc.Arbitrary<Made> = fc.record({
  queue: fc.option(anyQueue, { nil: undefined, freq: 4 }),
  after: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 2 }),
  ),
  isSuspended: fc.constantFrom(false, false, false, true),
  id: fc.option(fc.constantFrom("x", "y"), { nil: undefined, freq: 1 }),
});
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("make" as const),
      tasks: fc.array(anyTask, { minLength: 1, maxLength: 3 }),
      isTold: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("stop worker" as const, "deploy" as const) }) },
  { weight: 1, arbitrary: fc.constant({ do: "set the clock back" } as const) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("release" as const), queue: anyQueue }) },
  {
    weight: 14,
    arbitrary: fc.record({
      do: fc.constant("answer" as const),
      which,
      status: fc.constantFrom(200 as const, 200 as const, 200 as const, 404 as const, 503 as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("cut" as const), which }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("suspend" as const, "resume" as const, "resume" as const, "cancel" as const),
      which,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.constantFrom(1_000, 70_000) }),
  },
);

/** One request, with what was true when it was sent. */
interface Sent {
  readonly key: string;
  readonly disk: Promise<Stored>;
  readonly released: ReadonlySet<string>;
  /** The tasks on the wire at that moment. */
  readonly beside: readonly string[];
}

/** Rows say what is on disk; the server's log says what was sent. */
class Story {
  readonly server = new RangeServer();
  readonly world = new FakeWorld(freshName(), this.server);
  readonly page: Database = this.world.page();
  readonly sent: Sent[] = [];
  readonly #open = new Map<Exchange, string>();
  readonly #brokenOff = new Set<Exchange>();
  /** Rows as they were made, with the tasks that they come after. */
  readonly made: { readonly key: string; readonly id: string; readonly after: readonly string[] }[] = [];
  #released: ReadonlySet<string> = new Set();

  async begin(): Promise<void> {
    this.server.isAutomatic = false;
    const { fetch } = this.server;
    Object.assign(this.server, {
      fetch: (request: Request) => {
        const key = new URL(request.url).pathname.slice(1);
        this.#forgetOver();
        let exchange: Exchange | undefined;
        request.signal.addEventListener("abort", () => {
          if (exchange !== undefined && !exchange.isOver) this.#breakOff(exchange);
        });
        const answer = fetch(request);
        const disk = everythingIn(this.page);
        this.sent.push({ key, disk, released: this.#released, beside: [...this.#open.values()] });
        exchange = this.server.exchanges.at(-1);
        if (exchange !== undefined) this.#open.set(exchange, key);
        return answer;
      },
    });
    await openStoredSession(this.page, "session", undefined);
    this.world.start();
  }

  async happen(step: Step): Promise<void> {
    switch (step.do) {
      case "make":
        return this.#make(step.tasks, step.isTold);
      case "stop worker":
        this.world.kill();
        vi.clearAllTimers();
        this.#brokenOff.clear();
        this.world.start();
        return;
      case "deploy":
        // The newer worker waits for the lock of the older one, which leaves.
        void this.world.daemon?.leave();
        this.world.start();
        return;
      case "set the clock back":
        vi.setSystemTime(Date.now() - 50_000);
        return;
      case "release":
        return this.#release(step.queue);
      case "advance":
        await vi.advanceTimersByTimeAsync(step.ms);
        return;
      case "answer":
        return this.#answer(step.which, step.status);
      case "cut":
        return this.#openOne(step.which)?.cut();
      default: {
        const made = this.made[step.which % Math.max(1, this.made.length)];
        if (made !== undefined) void this.#control(step.do, made.key);
      }
    }
  }

  /** Everything works again, so unfinished tasks end. */
  async end(): Promise<void> {
    // A page greets the daemon, which then finds what it was not told.
    const hello = { type: "hello", versions: PROTOCOL, session: "session" } as const;
    void this.world.daemon?.handle(hello, "page");
    for (let round = 0; round < 80; round += 1) {
      for (const exchange of this.#open.keys()) if (!exchange.isOver) this.#send(exchange, 200);
      for (const queue of Object.keys(QUEUES)) await this.#release(queue);
      const live = await liveTasks(this.page);
      for (const row of live) if (row.state === "suspended") void this.#control("resume", row.key);
      if (live.length === 0) return;
      await vi.advanceTimersByTimeAsync(30_000);
      await macrotasks(10);
    }
  }

  close(): void {
    this.world.kill();
    this.page.close();
    vi.clearAllTimers();
  }

  async #make(tasks: readonly Made[], isTold: boolean): Promise<void> {
    const before = this.made.length;
    const rows = tasks.map(({ queue, after, isSuspended, id }, index) => {
      const row = taskRow();
      const order = Date.now() * 1000 + index;
      const ids = after.map((back) => this.made[before - back]?.id ?? "unknown");
      this.made.push({ key: row.key, id: id ?? row.key, after: ids });
      return taskRow({
        key: row.key,
        id: id ?? row.key,
        ...(id !== undefined && { named: ["session", id] }),
        url: `https://app.test/${row.key}`,
        kind: "data",
        state: isSuspended ? "suspended" : "running",
        ...(isSuspended
          ? { deadline: undefined, timeLeftMs: 604_800_000 }
          : { deadline: Date.now() + 604_800_000 }),
        order,
        live: ["session", order],
        ...(queue !== undefined && { queue: { name: queue, onFailure: QUEUES[queue] as OnFailure } }),
        ...(ids.length > 0 && { dependsOn: ids.map((name) => ["session", name] as const) }),
      });
    });
    const news = rows.map((row) => ({ row, onDuplicate: "replace" as const }));
    const insertions = await insertTasks(this.page, news, Date.now());
    expectPlaces(insertions, await everythingIn(this.page));
    if (!isTold) return;
    const keys = insertions.flatMap(({ row, others = [] }) => [...others, row.key]);
    void this.world.daemon?.handle({ type: "inserted", session: "session", keys }, "page");
  }

  async #release(queue: string): Promise<void> {
    const keys = await releaseQueue(this.page, "session", queue);
    this.#released = new Set([...this.#released, ...keys]);
    if (keys.length > 0)
      void this.world.daemon?.handle({ type: "inserted", session: "session", keys }, "page");
  }

  async #control(action: "suspend" | "resume" | "cancel", key: string): Promise<void> {
    await this.world.daemon
      ?.handle({ type: "control", session: "session", key, action }, "page")
      .catch(() => {});
  }

  #forgetOver(): void {
    for (const exchange of this.#open.keys())
      if (exchange.isOver && !this.#brokenOff.has(exchange)) this.#open.delete(exchange);
  }

  /** The server hears of it later. */
  #breakOff(exchange: Exchange): void {
    this.#brokenOff.add(exchange);
    setTimeout(() => this.#brokenOff.delete(exchange), 20);
  }

  #openOne(index: number): Exchange | undefined {
    const open = [...this.#open.keys()].filter(({ isOver }) => !isOver);
    return open[index % Math.max(1, open.length)];
  }

  #answer(index: number, status: number): void {
    const exchange = this.#openOne(index);
    if (exchange !== undefined) this.#send(exchange, status);
  }

  #send(exchange: Exchange, status: number): void {
    if (status === 200) this.server.answer(exchange);
    else this.server.refuse(exchange, status);
    exchange.finish();
  }
}

/** A new task is behind all of its queue, unless it has the place of one that it replaces. */
function expectPlaces(insertions: readonly Insertion[], { tasks }: Stored): void {
  for (const [index, { row, others = [] }] of insertions.entries()) {
    const placesTaken = tasks.filter(({ key }) => others.includes(key)).map(({ order }) => order);
    if (row.queue === undefined || placesTaken.includes(row.order)) continue;
    const later = insertions.slice(index).map((insertion) => insertion.row.key);
    const before = tasks.filter((it) => it.queue?.name === row.queue?.name && !later.includes(it.key));
    expect(before.filter((it) => !isFinished(it.state) && it.order >= row.order)).toEqual([]);
  }
}

describe("the order of tasks, whatever happens", () => {
  beforeEach(() => takeClock(1_000_000_000));
  afterEach(() => void vi.useRealTimers());

  async function expectOrder(story: Story): Promise<void> {
    for (const { key, disk, released, beside } of story.sent) {
      const { tasks } = await disk;
      const rowOf = (one: string): TaskRow => tasks.find((row) => row.key === one) as TaskRow;
      const row = rowOf(key);
      for (const other of beside.filter((it) => it !== key)) expectApart(row, rowOf(other));
      for (const earlier of tasks.filter((it) => isAhead(it, row))) expectOver(earlier, released);
      expect(row.dependsOn, "begun too early").toBeUndefined();
    }
  }

  function expectApart(row: TaskRow, other: TaskRow): void {
    expect(row.queue !== undefined && other.queue?.name === row.queue.name, "two of a queue").toBe(false);
    expect(other.id === row.id, "two of an id").toBe(false);
  }

  function isAhead(earlier: TaskRow, { queue, order }: TaskRow): boolean {
    return queue !== undefined && earlier.queue?.name === queue.name && earlier.order < order;
  }

  function expectOver(earlier: TaskRow, released: ReadonlySet<string>): void {
    expect(isFinished(earlier.state), `overtaken in its queue: ${JSON.stringify(earlier)}`).toBe(true);
    const isBad = endedBadly(earlier) && earlier.failure?.code !== "cancelled";
    if (isBad && earlier.queue?.onFailure === "hold")
      expect(released.has(earlier.key), "not held").toBe(true);
  }

  async function expectAllWell(story: Story): Promise<void> {
    const { tasks, outbox } = await everythingIn(story.page);
    expect(tasks.length).toBe(story.made.length);
    expect(tasks.filter(({ state }) => state !== "completed")).toEqual([]);
    for (const row of tasks) {
      expect(outbox.filter(({ taskKey }) => taskKey === row.key).map(({ type }) => type)).toEqual([
        "didComplete",
      ]);
      const wasSent = story.sent.some(({ key }) => key === row.key);
      if (row.failure?.code === "dependency-failed") expect(wasSent, "sent, but not begun").toBe(false);
      else expect([undefined, "cancelled", "bad-response"]).toContain(row.failure?.code);
    }
  }

  it("no two of a queue or an id are on the wire, nothing overtakes, nothing begins too early, everything ends", async () => {
    const turns = fc.constantFrom(0, 1, 3, 10, 40, 40);
    const steps = fc.array(fc.tuple(anyStep, turns), { minLength: 10, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, async (events) => {
        vi.setSystemTime(1_000_000_000);
        const story = new Story();
        try {
          await story.begin();
          for (const [step, count] of events) {
            await story.happen(step);
            await macrotasks(count);
          }
          await story.end();
          await expectAllWell(story);
          await expectOrder(story);
        } finally {
          story.close();
        }
      }),
      { numRuns: casesOf(60), endOnFailure: true },
    );
  });
});
