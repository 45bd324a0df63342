import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Database } from "../../../src/store/database.ts";
import { acknowledgeEvents, readEvents } from "../../../src/store/outbox.ts";
import { openStoredSession } from "../../../src/store/sessions.ts";
import { liveTasks } from "../../../src/store/tasks.ts";
import { EventWindow } from "../../../src/sw/host/event-window.ts";
import { takeClock } from "../../support/clock.ts";
import { freshName } from "../../support/fake-database.ts";
import { FakeWorld, macrotasks } from "../../support/fake-world.ts";
import { RangeServer } from "../../support/range-server.ts";
import { everythingIn, insert } from "../../support/stored.ts";
import { taskRow } from "../../support/task-row.ts";

const MINUTE_MS = 60_000;
const ROUND_MS = 120 * MINUTE_MS;
const ROUNDS_A_DAY = 12;
const DAYS = 7;

/** What is left at the end of a day. */
interface Census {
  readonly rows: number;
  readonly parts: number;
  readonly events: number;
  readonly timers: number;
  readonly heapBytes: number;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** An app that makes tasks all day, with a server that is sometimes well, sometimes busy, sometimes down. */
class Week {
  readonly world = new FakeWorld(freshName(), new RangeServer());
  readonly page: Database = this.world.page();
  made = 0;
  delivered = 0;

  async begin(): Promise<void> {
    await openStoredSession(this.page, "session", undefined);
    this.world.start();
  }

  /** Two hours. */
  async round(number: number): Promise<void> {
    const { world } = this;
    world.server.isDown = number % 8 === 3;
    world.server.isAutomatic = number % 4 !== 1;
    for (let count = 0; count < 6; count += 1) await this.#make();
    await macrotasks(20);
    for (const exchange of world.server.exchanges) {
      if (exchange.isAnswered) continue;
      world.server.refuse(exchange, 503, { "retry-after": "200" });
      exchange.finish();
    }
    if (number % 12 === 10) this.#restart();
    if (number % 6 === 5)
      void new EventWindow(world.daemon as never)
        .useSync({ isLastChance: false, again: async () => {} })
        .catch(() => {});
    await vi.advanceTimersByTimeAsync(ROUND_MS);
    world.server.exchanges.splice(0);
    // In every other round there is a page that takes the events of finished tasks.
    if (number % 2 === 0) await this.#deliver();
  }

  async census(): Promise<Census> {
    this.world.server.isDown = false;
    this.world.server.isAutomatic = true;
    for (let turn = 0; turn < 8 && (await liveTasks(this.page)).length > 0; turn += 1) {
      await vi.advanceTimersByTimeAsync(ROUND_MS);
      await macrotasks(20);
    }
    await this.#deliver();
    // Settled tasks stay for a while, so that other pages can see them.
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    this.#restart();
    await macrotasks(50);
    await vi.advanceTimersByTimeAsync(10 * MINUTE_MS);
    this.world.notices.splice(0);
    this.world.log.splice(0);
    this.world.server.exchanges.splice(0);
    const { tasks, parts, outbox } = await everythingIn(this.page);
    for (let count = 0; count < 3; count += 1) {
      await macrotasks(5);
      collectGarbage();
    }
    const timers = vi.getTimerCount();
    const heapBytes = process.memoryUsage().heapUsed;
    return { rows: tasks.length, parts: parts.length, events: outbox.length, timers, heapBytes };
  }

  close(): void {
    this.world.kill();
    this.page.close();
  }

  async #make(): Promise<void> {
    this.made += 1;
    const row = taskRow({ deadline: Date.now() + 7 * 24 * 60 * MINUTE_MS });
    await insert(this.page, row);
    await this.world.daemon?.handle({ type: "inserted", session: "session", keys: [row.key] }, "page");
  }

  async #deliver(): Promise<void> {
    const events = await readEvents(this.page, "session", 0);
    this.delivered += events.filter(({ type }) => type === "didComplete").length;
    await acknowledgeEvents(this.page, events, Date.now());
  }

  /** The browser stops the worker, and starts it for the next event. */
  #restart(): void {
    const now = Date.now();
    this.world.kill();
    // That also sets the clock back.
    vi.clearAllTimers();
    vi.setSystemTime(now);
    this.world.start();
  }
}

describe("a week of a daemon's life", () => {
  beforeEach(() => takeClock());
  afterEach(() => void vi.useRealTimers());

  it("leaves no rows, timers or memory behind: its last day is like its second", async () => {
    const week = new Week();
    const days: Census[] = [];
    try {
      await week.begin();
      for (let day = 0; day < DAYS; day += 1) {
        for (let round = 0; round < ROUNDS_A_DAY; round += 1) await week.round(round);
        days.push(await week.census());
      }
    } finally {
      week.close();
    }
    if (Number(process.env.FUZZ_FACTOR) > 1) console.table(days);
    expect(week.delivered).toBe(week.made);
    const [, second, ...later] = days as [Census, Census];
    for (const day of [second, ...later]) expect(day).toMatchObject({ rows: 0, parts: 0, events: 0 });
    const last = days.at(-1) as Census;
    expect(last.timers).toBeLessThanOrEqual(second.timers);
    // There are hundreds of tasks between them.
    expect(last.heapBytes - second.heapBytes).toBeLessThan(4_000_000);
  }, 300_000);
});
