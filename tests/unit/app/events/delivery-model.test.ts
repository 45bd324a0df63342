import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CompletionHandler } from "../../../../src/app/events/completion-handler.ts";
import type { SessionDelegate } from "../../../../src/app/events/delegate.ts";
import type { Database } from "../../../../src/store/database.ts";
import { readEvents } from "../../../../src/store/outbox.ts";
import type { DurableEvent } from "../../../../src/store/schema.ts";
import { changeTask, transition } from "../../../../src/store/tasks.ts";
import { useDatabases } from "../../../support/fake-database.ts";
import { casesOf, FUZZ_TIMEOUT_MS, SEED } from "../../../support/fuzz.ts";
import { insert } from "../../../support/stored.ts";
import { type RowOptions, taskRow } from "../../../support/task-row.ts";
import { type StartedDelivery, useDeliveries } from "../../../support/use-deliveries.ts";

interface Made {
  readonly isFile: boolean;
  readonly collectsMetrics: boolean;
  readonly hasHandler: boolean;
  /** What the app and its page do when the task has ended. */
  readonly next: "nothing" | "pump" | "set aside" | "stop and start" | "close and open";
}

interface Story {
  readonly tasks: readonly Made[];
  /** The handler is there from the beginning, or is added at the end. */
  readonly isHandlerThere: boolean;
  /** What lies before a page of the outbox ends. */
  readonly others: number;
  /** How long each step takes, in turn: so many microtasks, or milliseconds if it is more than 12. */
  readonly delays: readonly number[];
  /** The disk and the app refuse now and then. */
  readonly isRough: boolean;
}

const DELAYS = fc.array(fc.nat(16), { minLength: 5, maxLength: 60 });
const MADE: fc.Arbitrary<Made> = fc.record({
  isFile: fc.boolean(),
  collectsMetrics: fc.boolean(),
  hasHandler: fc.boolean(),
  next: fc.constantFrom("nothing", "pump", "pump", "set aside", "stop and start", "close and open"),
});

function storyOf(isRough: boolean): fc.Arbitrary<Story> {
  return fc.record({
    tasks: fc.array(MADE, { minLength: 1, maxLength: 9 }),
    isHandlerThere: fc.boolean(),
    others: fc.constantFrom(0, 0, 0, 96),
    delays: DELAYS,
    isRough: fc.constant(isRough),
  });
}

/** The events of a task in their order. */
function eventsOf({ isFile, collectsMetrics, hasHandler }: Made): DurableEvent[] {
  const events: DurableEvent[] = [];
  if (isFile) events.push("didFinishDownloading");
  if (collectsMetrics) events.push("didFinishCollectingMetrics");
  events.push("didComplete");
  if (hasHandler) events.push("completionHandler");
  return events;
}

/** An app whose session is opened and closed while its tasks end. */
class App {
  readonly wrong: string[] = [];
  readonly #story: Story;
  readonly #database: Database;
  readonly #launch: ReturnType<typeof useDeliveries>;
  readonly #taken = new Set<string>();
  readonly #handlers: Record<string, CompletionHandler> = {};
  #launched: StartedDelivery | undefined;
  #step = 0;
  #isFaulty = false;
  #hasFailed = false;

  constructor(story: Story, database: Database, launch: ReturnType<typeof useDeliveries>) {
    this.#story = story;
    this.#database = database;
    this.#launch = launch;
    for (const way of ["read", "write"] as const) {
      const original = database[way].bind(database) as (...all: unknown[]) => Promise<never>;
      database[way] = async (...all: unknown[]): Promise<never> => {
        await this.#take();
        this.#failDisk(way === "read" ? 29 : 7);
        const result = await original(...all);
        await this.#take();
        return result;
      };
    }
  }

  async live(): Promise<void> {
    const { tasks, isHandlerThere, others, isRough } = this.#story;
    if (isHandlerThere) this.#addHandler();
    const { delivery } = this.#open();
    if (this.#delay() > 5) await delivery.drained();
    this.#isFaulty = isRough;
    for (let other = 0; other < others; other += 1) await this.#finish(`other ${other}`, {});
    for (const [index, made] of tasks.entries()) {
      await this.#finish(String(index), {
        ...(made.isFile && { kind: "download" as const }),
        ...(made.collectsMetrics && { collectsMetrics: true as const }),
        ...(made.hasHandler && { completion: { handler: "done", context: String(index) } }),
      });
      await this.#after(made);
      await this.#take();
    }
    await this.#end();
  }

  async #after(made: Made): Promise<void> {
    const { delivery } = this.#launched as StartedDelivery;
    switch (made.next) {
      case "pump":
        return delivery.pump();
      case "set aside":
        return delivery.setAside();
      case "stop and start":
        void delivery.stop();
        await this.#take();
        return delivery.start();
      case "close and open":
        await delivery.stop();
        this.#open();
    }
  }

  /** Everything can be delivered now. What was refused comes again when the session is opened again. */
  async #end(): Promise<void> {
    this.#isFaulty = false;
    this.#addHandler();
    if (this.#story.isRough) {
      await this.#launched?.delivery.stop();
      this.#open();
    }
    const { delivery } = this.#launched as StartedDelivery;
    delivery.offerUnhandled();
    await delivery.drained();
    await delivery.untilNoneAside();
    await delivery.drained();
    await delivery.stop();
    const left = await readEvents(this.#database, "session", 0);
    for (const { taskKey, type, isParked } of left)
      if (!isParked) this.wrong.push(`${taskKey} ${type} is still in the outbox`);
    for (const [key, made] of this.#story.tasks.entries())
      for (const type of eventsOf(made))
        if (!this.#taken.has(`${key} ${type}`)) this.wrong.push(`${key} ${type} was lost`);
  }

  #open(): StartedDelivery {
    const delegate: SessionDelegate = {
      didFinishDownloading: ({ id }) => this.#call(id, "didFinishDownloading"),
      didFinishCollectingMetrics: ({ id }) => this.#call(id, "didFinishCollectingMetrics"),
      didComplete: ({ id }) => (id.startsWith("other") ? undefined : this.#call(id, "didComplete")),
    };
    this.#launched = this.#launch(delegate, this.#handlers);
    return this.#launched;
  }

  #addHandler(): void {
    this.#handlers.done = (_result, key) => this.#call(String(key), "completionHandler");
  }

  async #call(key: string, type: DurableEvent): Promise<void> {
    const name = `${key} ${type}`;
    this.#check(key, type);
    // If its acknowledgement has failed, it comes again.
    if (this.#taken.has(name) && !this.#hasFailed) this.wrong.push(`${name} came twice`);
    if (this.#isFaulty && this.#step % 11 === 0) throw new Error("The app refuses it.");
    if (this.#delay() > 13) this.#launched?.delivery.setAside();
    await this.#take();
    this.#taken.add(name);
  }

  #check(key: string, type: DurableEvent): void {
    const events = eventsOf(this.#story.tasks[Number(key)] as Made);
    const missing = events.slice(0, events.indexOf(type)).filter((one) => !this.#taken.has(`${key} ${one}`));
    if (missing.length > 0) this.wrong.push(`${key} ${type} came before ${missing}`);
  }

  async #finish(key: string, options: RowOptions): Promise<void> {
    const wasFaulty = this.#isFaulty;
    this.#isFaulty = false;
    await insert(this.#database, taskRow({ key, kind: "data", ...options }));
    await changeTask(this.#database, "session", key, "strict", (row) => transition(row, "finish", 1));
    this.#isFaulty = wasFaulty;
  }

  #failDisk(every: number): void {
    if (!this.#isFaulty || this.#step % every !== 0) return;
    this.#hasFailed = true;
    throw new DOMException("The disk does not take it.", "UnknownError");
  }

  async #take(): Promise<void> {
    const turns = this.#delay();
    if (turns > 12) await new Promise((resolve) => setTimeout(resolve, turns - 12));
    else for (let turn = 0; turn < turns; turn += 1) await undefined;
  }

  #delay(): number {
    const { delays } = this.#story;
    this.#step += 1;
    return delays[this.#step % delays.length] ?? 0;
  }
}

describe("Delivery, whatever happens", () => {
  const newDatabase = useDatabases();
  let database: Database;
  const launch = useDeliveries(() => database);
  beforeEach(() => {
    for (const level of ["error", "warn"] as const) vi.spyOn(console, level).mockImplementation(() => {});
  });
  afterEach(() => void vi.restoreAllMocks());

  it.each([
    ["a sound disk", false],
    ["a disk and an app that refuse now and then", true],
  ])(
    "each event comes once and in its task's order, and none is lost: %s",
    async (_, isRough) => {
      const property = fc.asyncProperty(storyOf(isRough), async (story) => {
        database = newDatabase();
        const app = new App(story, database, launch);
        await app.live();
        expect(app.wrong).toEqual([]);
      });
      await fc.assert(property, { numRuns: casesOf(60), seed: SEED });
    },
    FUZZ_TIMEOUT_MS,
  );
});
