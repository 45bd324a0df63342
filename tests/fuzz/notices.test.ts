import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { namesOf } from "../../src/protocol/names.ts";
import { openStoredSession } from "../../src/store/sessions.ts";
import { taskInfoOf } from "../../src/store/task-info-of.ts";
import { takeClock } from "../support/clock.ts";
import { macrotasks } from "../support/fake-world.ts";
import { casesOf, FUZZ_TIMEOUT_MS, SEED } from "../support/fuzz.ts";
import { anyClone, anyEdge } from "../support/hostile-message.ts";
import { LaunchWorld } from "../support/launch-world.ts";
import { insert } from "../support/stored.ts";
import { taskRow } from "../support/task-row.ts";

const MESSAGES_A_PAGE = 40;
const STANDARD_MESSAGES = 4_000;

type Channel = "notices" | "roll call" | "worker";

interface Rubbish {
  readonly channel: Channel;
  readonly data: unknown;
  readonly turns: number;
}

/** Notices of a task that the test has made, or of one that does not exist. */
const anyInfo: fc.Arbitrary<unknown> = fc.oneof(
  anyClone,
  fc
    .tuple(
      fc.constantFrom("good", "none", "__proto__"),
      fc.dictionary(fc.constantFrom(...Object.keys(taskInfoOf(taskRow()))), anyEdge, { maxKeys: 3 }),
    )
    .map(([key, spoilt]) => ({ ...taskInfoOf(taskRow({ key })), ...spoilt })),
);

const anyNotice: fc.Arbitrary<unknown> = fc
  .tuple(
    fc.constantFrom("tasks", "resumed", "events", "fetch-offer", "daemon-started", "session-deleted", "new"),
    fc.record(
      {
        session: fc.oneof(fc.constant("session"), fc.constant("session"), anyEdge),
        tasks: fc.oneof(fc.array(anyInfo, { maxLength: 3 }), anyEdge),
        key: fc.oneof(fc.constant("good"), anyEdge),
        offset: anyEdge,
        offer: anyEdge,
      },
      { requiredKeys: [] },
    ),
  )
  .map(([type, fields]) => ({ type, ...fields }))
  // The page would obey that one and end its session.
  .filter(({ type, session }) => type !== "session-deleted" || session !== "session");

const anyCall: fc.Arbitrary<unknown> = fc.record({
  say: fc.oneof(fc.constantFrom("who-owns", "mine", "giving-way", "free"), anyEdge),
  isWindow: fc.oneof(fc.boolean(), anyEdge),
});

const anyQuestion: fc.Arbitrary<unknown> = fc.record({
  backgroundSession: fc.oneof(fc.constantFrom("are-you-there", "start-fetch", "command"), anyEdge),
  offer: anyEdge,
});

function anyRubbish(): fc.Arbitrary<Rubbish> {
  const turns = fc.constantFrom(0, 0, 1, 5);
  const on = (channel: Channel, data: fc.Arbitrary<unknown>) =>
    fc.record({ channel: fc.constant(channel), data: fc.oneof(data, data, data, anyEdge, anyClone), turns });
  return fc.oneof(
    on("notices", anyNotice),
    on("notices", anyNotice),
    on("roll call", anyCall),
    on("worker", anyQuestion),
  );
}

/** An app with one page, whose channels everybody of its origin may use. */
class Story {
  readonly world = new LaunchWorld();
  readonly #channels = {
    notices: new BroadcastChannel(namesOf(this.world.scope).notices),
    "roll call": new BroadcastChannel(namesOf(this.world.scope).ownerLock("session")),
  };

  async begin(): Promise<void> {
    await openStoredSession(this.world.disk, "session", undefined);
    await this.world.openPage("observe");
  }

  say({ channel, data }: Rubbish): void {
    if (channel !== "worker") {
      this.#channels[channel].postMessage(data);
      return;
    }
    for (const page of this.world.pages.keys())
      page.dispatch("message", { data: structuredClone(data), ports: [] });
  }

  /** A task that is made now ends, and the page hears of it as usual. */
  async expectGoodTask(): Promise<void> {
    const row = taskRow({ key: "good", deadline: Date.now() + 604_800_000 });
    await insert(this.world.disk, row);
    this.world.tell({ type: "inserted", session: "session", keys: [row.key] });
    for (let turn = 0; turn < 400 && this.world.heard.length < 2; turn += 1) {
      await macrotasks(5);
      await vi.advanceTimersByTimeAsync(200);
    }
    const heard = this.world.heard.filter(({ type }) => type !== "didFinishEvents");
    expect(heard.map(({ type, taskId }) => `${type} ${taskId}`)).toEqual([
      "didFinishDownloading good",
      "didComplete good",
    ]);
    expect(this.world.violations).toEqual([]);
  }

  close(): void {
    this.world.close();
    vi.clearAllTimers();
  }
}

describe("a page, whatever arrives on its channels", () => {
  beforeEach(() => takeClock());
  afterEach(() => void vi.useRealTimers());

  it(
    "throws nothing, and gets the events of its tasks",
    async () => {
      const all = fc.noBias(fc.array(anyRubbish(), { minLength: 1, maxLength: MESSAGES_A_PAGE }));
      await fc.assert(
        fc.asyncProperty(all, async (messages) => {
          vi.setSystemTime(1_000_000);
          const story = new Story();
          try {
            await story.begin();
            for (const message of messages) {
              story.say(message);
              await macrotasks(message.turns);
            }
            await macrotasks(20);
            expect(story.world.browser.uncaught).toEqual([]);
            await story.expectGoodTask();
          } finally {
            story.close();
          }
        }),
        { numRuns: casesOf((STANDARD_MESSAGES * 2) / MESSAGES_A_PAGE), seed: SEED },
      );
    },
    FUZZ_TIMEOUT_MS,
  );
});
