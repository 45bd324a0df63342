import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { OnBusy } from "../../../../src/app/ownership/ownership.ts";
import { openStoredSession } from "../../../../src/store/sessions.ts";
import { takeClock } from "../../../support/clock.ts";
import { macrotasks } from "../../../support/fake-world.ts";
import { casesOf } from "../../../support/fuzz.ts";
import { LaunchWorld, type WayToEnd } from "../../../support/launch-world.ts";
import { insert } from "../../../support/stored.ts";
import { taskRow } from "../../../support/task-row.ts";

/** One step of a user, an app, a server or a browser. The library's own steps come in between. */
type Step =
  | { readonly do: "make a task" | "stop the worker" | "kill the browser" | "fire sync" | "release" }
  | { readonly do: "open a page"; readonly onBusy: OnBusy }
  | { readonly do: "close a page" | "crash a page"; readonly which: number }
  | { readonly do: "advance"; readonly ms: number };

const which = fc.nat(2);
const onBusy = fc.constantFrom<OnBusy>("observe", "observe", "observe", "take-over", "wait", "fail");
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 7, arbitrary: fc.constant({ do: "make a task" } as const) },
  { weight: 3, arbitrary: fc.constant({ do: "stop the worker" } as const) },
  { weight: 1, arbitrary: fc.constant({ do: "kill the browser" } as const) },
  { weight: 5, arbitrary: fc.constant({ do: "fire sync" } as const) },
  { weight: 8, arbitrary: fc.constant({ do: "release" } as const) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("open a page" as const), onBusy }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("close a page" as const, "crash a page" as const), which }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("advance" as const),
      ms: fc.constantFrom(10, 300, 1_000, 6_000, 40_000),
    }),
  },
);

const anyWay = fc.option(
  fc.record<WayToEnd>({
    where: fc.constantFrom("delegate", "function"),
    // A cancelled task has other events.
    how: fc.constantFrom("finish", "close"),
  }),
  { nil: undefined, freq: 2 },
);

const anyStory = fc.record({
  // Between two steps there is nothing, a few lines, or whole transactions.
  steps: fc.array(fc.tuple(anyStep, fc.constantFrom(0, 1, 3, 10, 40, 40)), { minLength: 10, maxLength: 60 }),
  held: fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
  forgotten: fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
  ways: fc.array(anyWay, { minLength: 1, maxLength: 4 }),
  endsWithPage: fc.boolean(),
});

class Story {
  readonly world = new LaunchWorld();
  readonly ids: string[] = [];

  async happen(step: Step): Promise<void> {
    const { world } = this;
    const page = "which" in step ? [...world.pages.keys()][step.which] : undefined;
    switch (step.do) {
      case "make a task":
        return this.#make();
      case "stop the worker":
        world.stopWorker();
        return;
      case "kill the browser":
        world.killBrowser();
        return;
      case "fire sync":
        if (world.isSyncRegistered) world.fireSync();
        return;
      case "release":
        world.release();
        return;
      case "open a page":
        void world.openPage(step.onBusy);
        return;
      case "close a page":
        if (page !== undefined) world.closePage(page);
        return;
      case "crash a page":
        if (page !== undefined) world.crashPage(page);
        return;
      case "advance":
        await vi.advanceTimersByTimeAsync(step.ms);
    }
  }

  /** From here on the app does everything right; either a page comes, or the browser wakes the worker now and then. */
  async end(withPage: boolean): Promise<void> {
    const { world } = this;
    world.behave();
    for (const page of [...world.pages.keys()]) world.closePage(page);
    if (withPage) void world.openPage("observe");
    for (let round = 0; round < 40; round += 1) {
      if (!withPage) world.fireSync();
      for (let turn = 0; turn < 20; turn += 1) {
        await macrotasks(10);
        await vi.advanceTimersByTimeAsync(1_000);
      }
      if (await this.#isOver()) return;
    }
  }

  async owed(): Promise<unknown> {
    return this.world.disk.read(["outbox", "launches"], async (tx) => {
      const events = await tx.objectStore("outbox").getAll();
      const launches = await tx.objectStore("launches").getAll();
      return { events: events.map(({ type }) => type), launches };
    });
  }

  async #isOver(): Promise<boolean> {
    return JSON.stringify(await this.owed()) === JSON.stringify({ events: [], launches: [] });
  }

  async #make(): Promise<void> {
    const row = taskRow({ deadline: Date.now() + 604_800_000, id: `task-${this.ids.length}` });
    this.ids.push(row.id);
    await insert(this.world.disk, row);
    // As a page does before resume() fulfils.
    this.world.isSyncRegistered = true;
    this.world.tell({ type: "inserted", session: "session", keys: [row.key] });
  }
}

describe("background launches, whatever happens", () => {
  beforeEach(() => takeClock());
  afterEach(() => void vi.useRealTimers());

  /** Every event reached the app, under one id, in order, and again only if its realm died or had to give way. */
  function expectDelivered({ world, ids }: Story): void {
    for (const id of ids) {
      for (const type of ["didFinishDownloading", "didComplete"]) {
        const deliveries = world.heard.filter((heard) => heard.taskId === id && heard.type === type);
        expect(deliveries.length, `${type} of ${id}`).toBeGreaterThan(0);
        expect(new Set(deliveries.map(({ eventId }) => eventId)).size).toBe(1);
        expect(new Set(deliveries.map(({ realm }) => realm)).size).toBe(deliveries.length);
      }
      const first = (type: string) =>
        world.heard.findIndex((heard) => heard.taskId === id && heard.type === type);
      expect(first("didFinishDownloading")).toBeLessThan(first("didComplete"));
    }
  }

  it("each event is delivered, in order and under one id, every launch ends, and nothing is owed", async () => {
    await fc.assert(
      fc.asyncProperty(anyStory, async ({ steps, held, forgotten, ways, endsWithPage }) => {
        vi.setSystemTime(1_000_000);
        const story = new Story();
        const { world } = story;
        world.isHeld = (nth) => held[nth % held.length] ?? false;
        world.wayOf = (nth) => ways[(nth + 1) % ways.length];
        world.isForgotten = (nth) => forgotten[nth % forgotten.length] ?? false;
        try {
          await openStoredSession(world.disk, "session", undefined);
          for (const [step, count] of steps) {
            await story.happen(step);
            await macrotasks(count);
          }
          await story.end(endsWithPage);
          expect(await story.owed()).toEqual({ events: [], launches: [] });
          expectDelivered(story);
          expect(world.violations).toEqual([]);
        } finally {
          world.close();
          vi.clearAllTimers();
        }
      }),
      { numRuns: casesOf(60), endOnFailure: true },
    );
  }, 240_000);
});
