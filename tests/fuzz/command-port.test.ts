import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { parseCommand } from "../../src/protocol/commands.ts";
import type { Database } from "../../src/store/database.ts";
import type { TaskRow } from "../../src/store/schema.ts";
import { openStoredSession } from "../../src/store/sessions.ts";
import { changeTask, ended, readTask } from "../../src/store/tasks.ts";
import { listenForCommands } from "../../src/sw/host/command-port.ts";
import { takeClock } from "../support/clock.ts";
import { freshName } from "../support/fake-database.ts";
import { FakeWorld, macrotasks } from "../support/fake-world.ts";
import { casesOf, FUZZ_TIMEOUT_MS, SEED } from "../support/fuzz.ts";
import { anyAimedCommand, anyClone, anySpoiltCommand } from "../support/hostile-message.ts";
import { type Exchange, RangeServer } from "../support/range-server.ts";
import { everythingIn, insert } from "../support/stored.ts";
import { type RowOptions, taskRow } from "../support/task-row.ts";

const ORIGIN = "https://app.test";
/** The most messages that one world gets, in sequence and some of them at the same time. */
const MESSAGES_A_WORLD = 100;
const STANDARD_MESSAGES = 10_000;
const SESSIONS = ["aim", "bystander"] as const;
const KINDS = ["suspended", "held", "running", "finished"] as const;

/** No message names the session "bystander", but many name its keys. */
const NAMES = {
  sessions: ["aim", "nobody", "__proto__", "bystander\0", "Bystander"],
  keys: [...SESSIONS.flatMap((session) => KINDS.map((kind) => `${session} ${kind}`)), "none", "__proto__"],
};

/** Something that is posted to the worker, and how. */
interface Post {
  readonly data: unknown;
  readonly origin: string;
  readonly page: number;
  readonly countOfPorts: number;
  /** Time for whole transactions before the next message, or none at all. */
  readonly turns: number;
}

function anyPost(data: fc.Arbitrary<unknown>): fc.Arbitrary<Post> {
  return fc.record({
    data,
    origin: fc.constantFrom(ORIGIN, ORIGIN, ORIGIN, ORIGIN, ORIGIN, "https://else.test", "null", ""),
    page: fc.nat(3),
    countOfPorts: fc.constantFrom(0, 1, 1, 1, 1, 2, 5),
    turns: fc.constantFrom(0, 0, 0, 1, 5),
  });
}

const marked = (command: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  command.map((it) => ({ backgroundSession: "command", command: it }));

const anyNonsense = fc.oneof(
  { weight: 5, arbitrary: marked(anySpoiltCommand(NAMES).filter(isNonsense)) },
  { weight: 2, arbitrary: marked(anyClone.filter(isNonsense)) },
  { weight: 1, arbitrary: anyClone },
);

/**
 * Commands of a sensible form: repeated, out of order, about what does not exist, or about another session's tasks.
 */
const anyMischief = fc.oneof(
  { weight: 3, arbitrary: marked(anyAimedCommand(NAMES)) },
  { weight: 2, arbitrary: marked(anySpoiltCommand(NAMES)) },
  { weight: 1, arbitrary: marked(anyClone) },
);

function isNonsense(command: unknown): boolean {
  return typeof parseCommand(command) === "string";
}

class Client {
  readonly id: string;
  constructor(id: string) {
    this.id = id;
  }
}

/** A worker with its message port and its daemon, on a disk where two sessions have a task of each kind. */
class Story {
  readonly world = new FakeWorld(freshName(), new RangeServer());
  readonly page: Database = this.world.page();
  readonly #events: Promise<unknown>[] = [];
  #listener: (event: unknown) => void = () => {};
  readonly answers: unknown[][] = [];

  async begin(): Promise<void> {
    this.world.server.isAutomatic = false;
    for (const session of SESSIONS) {
      await openStoredSession(this.page, session, undefined);
      for (const kind of KINDS) await this.#make(session, kind);
    }
    const daemon = this.world.start();
    const scope = {
      location: { origin: ORIGIN },
      addEventListener: (_: string, listener: (event: unknown) => void) => {
        this.#listener = listener;
      },
    };
    listenForCommands(
      scope as never,
      (command, page) => daemon.handle(command, page),
      async () => {},
    );
    await settled(async () => this.world.server.exchanges.length === SESSIONS.length);
  }

  post({ data, origin, page, countOfPorts }: Post): void {
    const heard: unknown[] = [];
    this.answers.push(heard);
    const port = { postMessage: (answer: unknown) => void heard.push(structuredClone(answer)) };
    const others = Array.from({ length: Math.max(0, countOfPorts - 1) }, () => ({
      postMessage: () => heard.push("on a port that is not ours"),
    }));
    this.#listener({
      data: structuredClone(data),
      origin,
      source: page === 0 ? null : new Client(`page ${page}`),
      ports: countOfPorts === 0 ? [] : [port, ...others],
      waitUntil: (event: Promise<unknown>) => void this.#events.push(event),
    });
  }

  /** Waits until every event of the worker is over; none has failed. */
  async quiet(): Promise<void> {
    let isOver = false;
    const over = Promise.all(this.#events).then(() => {
      isOver = true;
    });
    await settled(async () => isOver);
    await over;
    await macrotasks(20);
  }

  /**
   * The daemon works as if nothing had happened: running tasks go on, suspended ones resume, and a new one ends well.
   */
  async expectWork(): Promise<void> {
    const { server, daemon } = this.world;
    const exchange = server.exchanges.find(({ request }) => request.url === addressFor("bystander"));
    expect(exchange?.isOver).toBe(false);
    server.answer(exchange as Exchange);
    exchange?.finish();
    await this.#expectFile("bystander", "bystander running");
    server.isAutomatic = true;
    await openStoredSession(this.page, "good", undefined);
    const { key } = await this.#make("good", "running");
    await daemon?.handle({ type: "inserted", session: "good", keys: [key] }, "page");
    await this.#expectFile("good", key);
    const aim = { session: "bystander", key: "bystander suspended" };
    await daemon?.handle({ type: "control", ...aim, action: "resume" }, "page");
    await this.#expectFile("bystander", aim.key);
  }

  async #expectFile(session: string, key: string): Promise<void> {
    const row = () => readTask(this.page, session, key);
    await settled(async () => (await row())?.state === "completed");
    expect(await row()).toMatchObject({ bytesReceived: 1_000, attempts: 1 });
  }

  close(): void {
    this.world.kill();
    this.page.close();
    vi.clearAllTimers();
  }

  async #make(session: string, kind: (typeof KINDS)[number]): Promise<TaskRow> {
    const options: Record<typeof kind, RowOptions> = {
      suspended: { state: "suspended", timeLeftMs: 1_000, deadline: undefined },
      held: { hold: { asksAgain: false, status: 401 } },
      running: {},
      finished: {},
    };
    const [key, url] = [`${session} ${kind}`, addressFor(session)];
    const row = taskRow({ session, key, url, deadline: 1e12, ...options[kind] });
    await insert(this.page, row);
    const failure = { code: "timed-out", message: "" } as const;
    if (kind === "finished") {
      await changeTask(this.page, session, key, "relaxed", (it) => ended(it, failure, 1_000_000));
    }
    return row;
  }
}

/** Each session has its own host, so that none waits for another's turn. */
function addressFor(session: string): string {
  return `https://${session}.test/file`;
}

async function settled(isSo: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 2_000; turn += 1) {
    if (await isSo()) return;
    await macrotasks(1);
    // A session is deleted when what was broken off is over.
    if (turn === 200) await vi.advanceTimersByTimeAsync(100);
  }
  throw new Error("The condition is never met.");
}

/** Returns what is on disk, of one session or of all. */
async function stored(story: Story, session?: string): Promise<unknown> {
  const { sessions, tasks, bodies, parts, outbox } = await everythingIn(story.page);
  const isOwn = (row: object): boolean =>
    session === undefined || [Reflect.get(row, "session"), Reflect.get(row, "identifier")].includes(session);
  return [sessions as object[], tasks, bodies as object[], parts, outbox].map((rows) => rows.filter(isOwn));
}

function expectAnswered({ answers }: Story, posts: readonly Post[], answer: unknown): void {
  for (const [index, { data, origin, countOfPorts }] of posts.entries()) {
    const isOurs = Object(data).backgroundSession === "command" && origin === ORIGIN;
    expect(answers[index]).toEqual(isOurs && countOfPorts > 0 ? [answer] : []);
  }
}

describe("the message port of the daemon", () => {
  beforeAll(() => void Object.assign(globalThis, { Client }));
  afterAll(() => Reflect.deleteProperty(globalThis, "Client"));
  beforeEach(() => takeClock());
  afterEach(() => void vi.useRealTimers());

  /** Posts all messages to one world, and checks the outcome. */
  async function hear(
    data: fc.Arbitrary<unknown>,
    check: (story: Story, posts: readonly Post[], postAll: () => Promise<void>) => Promise<void>,
  ): Promise<void> {
    // All lengths are equally likely: without bias the mean is half of the maximum.
    const posts = fc.noBias(fc.array(anyPost(data), { minLength: 1, maxLength: MESSAGES_A_WORLD }));
    const numRuns = casesOf(STANDARD_MESSAGES / MESSAGES_A_WORLD);
    await fc.assert(
      fc.asyncProperty(posts, async (all) => {
        vi.setSystemTime(1_000_000);
        const story = new Story();
        try {
          await story.begin();
          await check(story, all, async () => {
            for (const post of all) {
              story.post(post);
              await macrotasks(post.turns);
            }
            await story.quiet();
          });
          await story.expectWork();
        } finally {
          story.close();
        }
      }),
      { numRuns, seed: SEED, endOnFailure: false },
    );
  }

  it(
    "nonsense is answered with an error, and changes nothing",
    async () => {
      await hear(anyNonsense, async (story, posts, postAll) => {
        const before = await stored(story);
        await postAll();
        expectAnswered(story, posts, {
          isOk: false,
          code: "bad-message",
          message: expect.stringMatching(/command/),
        });
        expect(await stored(story)).toEqual(before);
      });
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    "no command reaches another session, ends a task twice, or stays unanswered",
    async () => {
      await hear(anyMischief, async (story, posts, postAll) => {
        const before = await stored(story, "bystander");
        const rows = new Map((await everythingIn(story.page)).tasks.map((row) => [row.key, row]));
        await postAll();
        expectAnswered(story, posts, expect.objectContaining({ isOk: expect.any(Boolean) }));
        expect(await stored(story, "bystander")).toEqual(before);
        await expectLawful(story, rows);
      });
    },
    FUZZ_TIMEOUT_MS,
  );

  /** The commands may have been obeyed, but no task has changed its identity, and each has its due events. */
  async function expectLawful(story: Story, before: ReadonlyMap<string, TaskRow>): Promise<void> {
    const { tasks, outbox } = await everythingIn(story.page);
    for (const row of tasks) {
      const { request, id, kind, order, createdAt, session } = before.get(row.key) as TaskRow;
      expect(row).toMatchObject({ request, id, kind, order, createdAt, session });
      expect(row.priority).toBeGreaterThanOrEqual(0);
      const events = outbox.filter(({ taskKey }) => taskKey === row.key).map(({ type }) => type);
      expect(events).toEqual(row.state === "completed" ? ["didComplete"] : []);
    }
  }
});
