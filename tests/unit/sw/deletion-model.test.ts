import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Database } from "../../../src/store/database.ts";
import { insertTasks } from "../../../src/store/insert.ts";
import { openStoredSession } from "../../../src/store/sessions.ts";
import { readTask } from "../../../src/store/tasks.ts";
import { takeClock } from "../../support/clock.ts";
import { freshName } from "../../support/fake-database.ts";
import { FakeWorld, macrotasks } from "../../support/fake-world.ts";
import { casesOf } from "../../support/fuzz.ts";
import { RangeServer } from "../../support/range-server.ts";
import { taskRow } from "../../support/task-row.ts";

/** One step of a page. The next comes `turns` later, wherever the daemon is by then. */
type Step =
  | { readonly do: "open" | "make" | "hello" | "delete" | "stop worker" | "lose database" | "configure" }
  | { readonly do: "cancel" | "suspend" | "resume" | "break off"; readonly which: number }
  /** The app's hook releases the request that has waited longest. */
  | { readonly do: "let go" };

const which = fc.nat(3);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ do: "open" } as const) },
  { weight: 6, arbitrary: fc.constant({ do: "make" } as const) },
  { weight: 4, arbitrary: fc.constant({ do: "hello" } as const) },
  { weight: 4, arbitrary: fc.constant({ do: "delete" } as const) },
  { weight: 2, arbitrary: fc.constant({ do: "configure" } as const) },
  { weight: 1, arbitrary: fc.constant({ do: "stop worker" } as const) },
  { weight: 1, arbitrary: fc.constant({ do: "lose database" } as const) },
  { weight: 5, arbitrary: fc.constant({ do: "let go" } as const) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("cancel", "suspend", "resume", "break off"), which }),
  },
);

class Story {
  readonly world = new FakeWorld(freshName(), new RangeServer());
  readonly page: Database = this.world.page();
  /** Tasks of sessions whose deletion has fulfilled, and how many requests each had sent by then. */
  readonly gone = new Map<string, number>();
  readonly #alive = new Map<string, string>();
  #waiting: (() => void)[] = [];
  #isHeld = true;
  #pending: Promise<unknown>[] = [];

  begin(): void {
    this.world.willSend = () =>
      this.#isHeld
        ? new Promise<undefined>((resolve) => this.#waiting.push(() => resolve(undefined)))
        : undefined;
    this.world.start();
  }

  happen(step: Step): void {
    if ("which" in step) this.#touch(step);
    else this.#steps[step.do]();
  }

  readonly #steps: Readonly<Record<Exclude<Step, { which: number }>["do"], () => void>> = {
    open: () => this.#keep(openStoredSession(this.page, "session", undefined)),
    make: () => this.#keep(this.make()),
    hello: () => this.#tell({ type: "hello", versions: { min: 1, max: 1 }, session: "session" }),
    configure: () => this.#tell({ type: "configured", session: "session" }),
    delete: () => this.#keep(this.delete()),
    "stop worker": () => this.#stopWorker(),
    "lose database": () => this.world.closeDatabase(),
    "let go": () => this.#waiting.shift()?.(),
  };

  /** @returns the key, if the session exists */
  async make(): Promise<string | undefined> {
    const { key } = taskRow();
    const row = taskRow({ key, url: `https://app.test/${key}`, deadline: Date.now() + 604_800_000 });
    const task = { row, onDuplicate: "keep" as const };
    const insertion = await insertTasks(this.page, [task], 0, "session").catch(() => undefined);
    if (insertion === undefined) return undefined;
    this.#alive.set(key, key);
    await this.world.daemon
      ?.handle({ type: "inserted", session: "session", keys: [key] }, "page")
      .catch(() => {});
    return key;
  }

  async delete(): Promise<void> {
    const before = [...this.#alive.keys()];
    try {
      await this.world.daemon?.handle({ type: "delete-session", session: "session" }, "page");
    } catch {
      // Its database was closed meanwhile: the app gets the error, and tries again.
      return;
    }
    for (const key of before) {
      if (this.gone.has(key) || (await readTask(this.page, "session", key)) !== undefined) continue;
      this.gone.set(key, this.asked(key));
    }
  }

  asked(key: string): number {
    return this.world.server.exchanges.filter(({ request }) => request.url.endsWith(`/${key}`)).length;
  }

  async end(): Promise<void> {
    this.#isHeld = false;
    for (let round = 0; round < 6; round += 1) {
      for (const letGo of this.#waiting.splice(0)) letGo();
      await macrotasks(20);
      await vi.advanceTimersByTimeAsync(10_000);
    }
    await Promise.all(this.#pending);
  }

  close(): void {
    this.world.kill();
    this.page.close();
    vi.clearAllTimers();
  }

  #touch(step: Extract<Step, { readonly which: number }>): void {
    const keys = [...this.#alive.keys()];
    const key = keys[step.which % Math.max(1, keys.length)];
    if (step.do === "break off") this.world.server.exchanges[step.which]?.cut();
    else if (key !== undefined) this.#tell({ type: "control", session: "session", key, action: step.do });
  }

  #tell(command: Parameters<NonNullable<FakeWorld["daemon"]>["handle"]>[0]): void {
    const told = this.world.daemon?.handle(command, "page");
    if (told !== undefined) this.#keep(told);
  }

  /** A stopped worker never answers. */
  #keep(promise: Promise<unknown>): void {
    this.#pending.push(Promise.race([promise.catch(() => {}), macrotasks(100)]));
  }

  #stopWorker(): void {
    this.world.kill();
    vi.clearAllTimers();
    this.#waiting = [];
    // The server forgets the requests of the stopped worker.
    for (const key of this.gone.keys()) this.gone.set(key, this.asked(key));
    this.world.start();
  }
}

describe("a deleted session, whatever happens meanwhile", () => {
  beforeEach(() => takeClock());
  afterEach(() => void vi.useRealTimers());

  it("sends nothing after its deletion has fulfilled, and a new session of the same name works at once", async () => {
    const turns = fc.constantFrom(0, 0, 1, 2, 3, 5, 10, 40);
    const steps = fc.array(fc.tuple(anyStep, turns), { minLength: 10, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, async (events) => {
        vi.setSystemTime(1_000_000);
        const story = new Story();
        try {
          await openStoredSession(story.page, "session", undefined);
          story.begin();
          for (const [step, count] of events) {
            story.happen(step);
            await macrotasks(count);
          }
          await story.end();
          for (const [key, count] of story.gone) expect(story.asked(key), key).toBe(count);
          // A new session of the same name.
          await story.delete();
          await openStoredSession(story.page, "session", undefined);
          const key = await story.make();
          await macrotasks(30);
          expect(story.asked(String(key))).toBe(1);
        } finally {
          story.close();
        }
      }),
      { numRuns: casesOf(120), endOnFailure: true },
    );
  });
});
