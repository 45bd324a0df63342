import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type CarriedTask, fetchIdFor } from "../../../../src/protocol/background-fetch.ts";
import type { TaskAction } from "../../../../src/protocol/commands.ts";
import type { SessionConfiguration } from "../../../../src/protocol/configuration.ts";
import { storedConfiguration } from "../../../../src/protocol/configuration-rules.ts";
import type { Database } from "../../../../src/store/database.ts";
import type { TaskRow } from "../../../../src/store/schema.ts";
import { openStoredSession } from "../../../../src/store/sessions.ts";
import { readTask } from "../../../../src/store/tasks.ts";
import { parallelTransport } from "../../../../src/sw/parallel/parallel-transport.ts";
import { beginWorld, endWorld, makeTask } from "../../../support/daemon-world.ts";
import type { FakeBackgroundFetch, FakeRegistration } from "../../../support/fake-background-fetch.ts";
import { type FakeWorld, macrotasks } from "../../../support/fake-world.ts";
import { type Exchange, RangeServer } from "../../../support/range-server.ts";
import { eventsOf, everythingIn } from "../../../support/stored.ts";
import { type RowOptions, requestRecord } from "../../../support/task-row.ts";

/** The id of a registration by an earlier version: it does not name its tasks. */
const ID = "background-session:1";
/** The offset of the worker when the page leaves, and the one at which the browser begins. */
const HERE = 400;
const AHEAD = 600;
const SIZE = 1_000;

describe("Daemon with Background Fetch", () => {
  let world: FakeWorld;
  let browser: FakeBackgroundFetch;
  let page: Database;

  beforeEach(async () => {
    ({ world, page } = await beginWorld(new RangeServer({}, () => SIZE)));
    browser = world.addBackgroundFetch();
  });

  afterEach(() => endWorld({ world, page }));

  async function configure(configuration: SessionConfiguration): Promise<void> {
    await openStoredSession(page, "session", storedConfiguration(configuration));
    await world.daemon?.handle({ type: "configured", session: "session" }, "page");
  }

  const make = (options: RowOptions = {}): Promise<string> => makeTask({ world, page }, options);

  async function rowOf(key: string): Promise<TaskRow> {
    return (await readTask(page, "session", key)) as TaskRow;
  }

  function eventually(check: () => unknown): Promise<void> {
    return vi.waitFor(
      async () => {
        await check();
      },
      { interval: 1, timeout: 20_000 },
    );
  }

  async function finished(key: string): Promise<TaskRow> {
    await eventually(async () => expect((await rowOf(key)).state).toBe("completed"));
    return rowOf(key);
  }

  async function bytesOf(row: TaskRow): Promise<Uint8Array> {
    const { parts } = await everythingIn(page);
    const own = parts.filter(({ fileId }) => fileId === row.file?.fileId);
    return new Uint8Array(await new Blob(own.map((part) => part.bytes)).arrayBuffer());
  }

  /** It ended well, once, with the file of one version. */
  async function expectFile(key: string, version = world.server.version): Promise<void> {
    const row = await finished(key);
    expect(row.failure).toBeUndefined();
    expect(await bytesOf(row)).toEqual(world.server.bytes(version));
    expect(row.backgroundFetch).toBeUndefined();
    expect(await eventsOf(page, key)).toEqual(["didFinishDownloading", "didComplete"]);
  }

  function control(key: string, action: TaskAction): Promise<unknown> | undefined {
    return world.daemon?.handle({ type: "control", session: "session", key, action }, "page");
  }

  /** The next unanswered request: the browser's own, or the worker's. */
  async function asked(by: "browser" | "worker"): Promise<Exchange> {
    let found: Exchange | undefined;
    await eventually(() => {
      found = world.server.exchanges.find(
        (it) => !it.isAnswered && !it.isOver && browser.isOwn(it.request) === (by === "browser"),
      );
      expect(found).toBeDefined();
    });
    return found as Exchange;
  }

  function rangesOf(by: "browser" | "worker"): (string | null)[] {
    const own = world.server.exchanges.filter(({ request }) => browser.isOwn(request) === (by === "browser"));
    return own.map(({ request }) => request.headers.get("range"));
  }

  function serve(exchange: Exchange): void {
    world.server.answer(exchange);
    exchange.finish();
  }

  /** A task of which the worker has this many bytes on disk, while the rest is still to come. */
  async function begun(count = HERE, options: RowOptions = {}): Promise<[string, Exchange]> {
    world.server.isAutomatic = false;
    if (world.daemon === undefined) world.start();
    const key = await make(options);
    const exchange = await asked("worker");
    world.server.answer(exchange);
    exchange.send(count);
    await macrotasks(20);
    await vi.advanceTimersByTimeAsync(1_000);
    await eventually(async () => expect((await rowOf(key)).bytesReceived).toBe(count));
    return [key, exchange];
  }

  /** What a leaving page does: it lets the browser fetch the rest from `start` on. */
  async function leave(
    keys: readonly string[],
    { start = AHEAD, mustTell = true, ...given }: { start?: number; mustTell?: boolean; id?: string } = {},
  ): Promise<FakeRegistration> {
    const rows = await Promise.all(keys.map(rowOf));
    const tasks = rows.map(
      ({ session, key, file }): CarriedTask => ({
        session,
        key,
        start,
        reason: "page-leaving",
        ...(start > 0 && file && { fileId: file.fileId }),
      }),
    );
    const { id = fetchIdFor(tasks) } = given;
    const requests = rows.map(({ request: { url, method, headers }, file }) => {
      const proof = start > 0 && { range: `bytes=${start}-`, "if-range": file?.validator?.value ?? "" };
      return new Request(url, { method, headers: { ...headers, ...proof } });
    });
    const registration = await browser.fetch(id, requests);
    if (mustTell) await world.daemon?.handle({ type: "fetch-started", id, tasks }, "page");
    // With the next bytes the worker sees where to stop.
    for (const exchange of world.server.exchanges) {
      if (exchange.isAnswered && !browser.isOwn(exchange.request)) exchange.send(1);
    }
    await macrotasks(20);
    return registration;
  }

  /** Two tasks in one registration, since their session insists on Background Fetch. */
  async function insisting(): Promise<[string, string]> {
    world.server.isAutomatic = false;
    await configure({ transport: "background-fetch" });
    const keys = [await make({ url: "https://app.test/1" }), await make({ url: "https://app.test/2" })];
    world.start();
    await sayHidden();
    for (const key of keys)
      await eventually(async () => expect((await rowOf(key)).backgroundFetch).toBeDefined());
    expect((await registrations()).length).toBe(1);
    return keys as [string, string];
  }

  async function registrations(): Promise<(FakeRegistration | undefined)[]> {
    return Promise.all((await browser.getIds()).map((id) => browser.get(id)));
  }

  /** Lets time pass, and lets everything that is due come as far as it gets. */
  async function elapse(ms: number): Promise<void> {
    const steps = 10;
    for (let step = 0; step < steps; step += 1) {
      await macrotasks(20);
      await vi.advanceTimersByTimeAsync(ms / steps);
    }
  }

  /** The worker's timers end with it. */
  function kill(): void {
    world.kill();
    vi.clearAllTimers();
  }

  /** The page has been hidden for so long that the system may end it. */
  async function hideForLong(): Promise<void> {
    for (let times = 0; times < 7; times += 1) {
      await sayHidden();
      await vi.advanceTimersByTimeAsync(10_000);
    }
    await sayHidden();
  }

  async function sayHidden(isVisible = false): Promise<void> {
    const presence = { isVisible, hasNetworkReturned: false, isLeaving: false, owns: [] };
    await world.daemon?.handle({ type: "presence", ...presence }, "page");
  }

  describe("a download that was handed over", () => {
    it.each([
      ["a reloaded page shows it", true, 7_000],
      ["no page is visible", false, 42_000],
    ])("goes on in the worker if %s and the browser has not begun in time", async (_, isVisible, ms) => {
      const [key] = await begun(AHEAD);
      await leave([key]);
      const never = await asked("browser");
      await sayHidden(isVisible);
      await elapse(ms - 4_000);
      expect(rangesOf("worker")).toEqual(["bytes=0-"]);
      for (let second = 0; second < 6; second += 1) {
        await elapse(1_000);
        await sayHidden(isVisible);
      }
      serve(await asked("worker"));
      await expectFile(key);
      expect(rangesOf("worker")).toEqual(["bytes=0-", `bytes=${AHEAD}-`]);
      expect(never.isOver).toBe(true);
    });

    it("a page that comes back after 10 s takes back nothing that the browser is about to report", async () => {
      const [key] = await begun(AHEAD);
      await leave([key]);
      const fetch = await asked("browser");
      await sayHidden();
      await elapse(10_000);
      await sayHidden(true);
      await elapse(4_000);
      serve(fetch);
      await expectFile(key);
      expect([rangesOf("worker"), rangesOf("browser")]).toEqual([["bytes=0-"], [`bytes=${AHEAD}-`]]);
    });

    it("the worker goes on up to where the browser begins, and no byte is fetched twice", async () => {
      const [key, worker] = await begun();
      await leave([key]);
      worker.send(AHEAD - HERE + 50);
      await eventually(async () => expect((await rowOf(key)).bytesReceived).toBe(AHEAD));
      serve(await asked("browser"));
      await expectFile(key);
      expect([rangesOf("worker"), rangesOf("browser")]).toEqual([["bytes=0-"], [`bytes=${AHEAD}-`]]);
      expect(await browser.getIds()).toEqual([]);
    });

    it("closes the gap before it uses the record, which came first", async () => {
      const [key] = await begun();
      await leave([key]);
      kill();
      world.start();
      serve(await asked("browser"));
      const gap = await asked("worker");
      expect(gap.request.headers.get("range")).toBe(`bytes=${HERE}-${AHEAD - 1}`);
      expect((await rowOf(key)).bytesReceived).toBe(HERE);
      serve(gap);
      await expectFile(key);
    });

    it("uses only those bytes of the record that the worker did not have yet: it was faster than the page", async () => {
      const [key, worker] = await begun(AHEAD + 100);
      await leave([key]);
      worker.send(10);
      serve(await asked("browser"));
      await expectFile(key);
    });

    it("another worker attaches to it after the first one was killed", async () => {
      const [key] = await begun(AHEAD);
      await leave([key]);
      const fetch = await asked("browser");
      world.server.answer(fetch);
      fetch.send(100);
      kill();
      world.start();
      await macrotasks(20);
      expect(rangesOf("worker")).toEqual([]);
      fetch.finish();
      await expectFile(key);
      expect([rangesOf("worker"), rangesOf("browser")]).toEqual([[], [`bytes=${AHEAD}-`]]);
    });

    it("is used by a worker that is started for its event", async () => {
      const [key] = await begun(AHEAD);
      await leave([key]);
      kill();
      serve(await asked("browser"));
      await expectFile(key);
      expect(rangesOf("worker")).toEqual([]);
    });

    it("goes on in the next worker if one was killed while it stored the record", async () => {
      const [key] = await begun(AHEAD);
      await leave([key]);
      kill();
      serve(await asked("browser"));
      await eventually(() => expect(world.daemon).toBeDefined());
      kill();
      world.server.isAutomatic = true;
      world.start();
      await macrotasks(20);
      await elapse(6_000);
      await expectFile(key);
    });

    it("resumes by itself after its connection broke, with the same proof", async () => {
      const [key] = await begun(AHEAD);
      await leave([key]);
      const fetch = await asked("browser");
      world.server.answer(fetch);
      fetch.send(100);
      await macrotasks(5);
      fetch.cut();
      const again = await asked("browser");
      expect(again.request.headers.get("range")).toBe(`bytes=${AHEAD + 100}-`);
      expect(again.request.headers.get("if-range")).toBe('"1"');
      serve(again);
      await expectFile(key);
    });
  });

  describe("a server that has another version meanwhile", () => {
    it("before the browser's request: the whole new version is used, never a mixture", async () => {
      const [key] = await begun(AHEAD);
      world.server.version += 1;
      await leave([key]);
      serve(await asked("browser"));
      await expectFile(key);
      expect(rangesOf("worker")).toEqual(["bytes=0-"]);
    });

    it("before the browser's request, while the worker has more than was handed over: never a mixture", async () => {
      const [key] = await begun(AHEAD + 100);
      world.server.version += 1;
      await leave([key]);
      serve(await asked("browser"));
      world.server.isAutomatic = true;
      await elapse(60_000);
      await expectFile(key);
    });

    it("while the browser fetches: success without a body, and the worker begins again", async () => {
      const [key] = await begun(AHEAD);
      await leave([key]);
      const fetch = await asked("browser");
      world.server.answer(fetch);
      fetch.send(100);
      await macrotasks(5);
      world.server.version += 1;
      fetch.cut();
      serve(await asked("browser"));
      world.server.isAutomatic = true;
      await elapse(60_000);
      await expectFile(key);
      expect(rangesOf("worker").slice(1)).toEqual([`bytes=${AHEAD}-`]);
    });

    it("while the worker closes the gap: what the browser has of the old version is discarded", async () => {
      const [key] = await begun();
      await leave([key]);
      kill();
      world.start();
      serve(await asked("browser"));
      const gap = await asked("worker");
      world.server.version += 1;
      world.server.isAutomatic = true;
      serve(gap);
      await elapse(60_000);
      await expectFile(key);
    });
  });

  describe("no usable response", () => {
    it("404 has no body, so the worker requests it itself and does not hand it over again", async () => {
      const [key] = await begun(AHEAD);
      await leave([key]);
      world.server.refuse(await asked("browser"), 404);
      const again = await asked("worker");
      expect(await rowOf(key)).toMatchObject({ isTurnedBack: true });
      world.server.refuse(again, 404);
      again.finish();
      const row = await finished(key);
      // The earlier bytes are kept: the URL may have expired.
      expect(row).toMatchObject({ failure: { code: "bad-response" }, response: { status: 404 } });
      expect(row.bytesReceived).toBeGreaterThan(0);
      expect(await bytesOf(row)).toEqual(world.server.bytes().slice(0, row.bytesReceived));
    });

    it("503 is retried as usual, by the worker", async () => {
      const [key] = await begun(AHEAD);
      await leave([key]);
      world.server.refuse(await asked("browser"), 503, { "retry-after": "30" });
      await eventually(async () => expect((await rowOf(key)).backoff?.floorMs).toBe(30_000));
      world.server.isAutomatic = true;
      await elapse(46_000);
      await expectFile(key);
    });

    it("an unreachable server is retried by the worker", async () => {
      const [key] = await begun(AHEAD);
      world.server.isDown = true;
      await leave([key]);
      await eventually(async () => expect((await rowOf(key)).backoff?.isUnanswered).toBe(true));
      world.server.isDown = false;
      world.server.isAutomatic = true;
      await elapse(60_000);
      await expectFile(key);
    });
  });

  describe("a registration that ends otherwise", () => {
    it("lost when the browser is closed normally: the worker goes on", async () => {
      const [key] = await begun(AHEAD);
      await leave([key]);
      kill();
      world.server.isAutomatic = true;
      browser.close();
      await elapse(60_000);
      await expectFile(key);
      expect(rangesOf("worker")).toEqual([`bytes=${AHEAD}-`]);
    });

    it("lost without an event: the worker goes on, a few seconds after it notices", async () => {
      const [key] = await begun(AHEAD);
      await leave([key]);
      kill();
      browser.lose();
      world.server.isAutomatic = true;
      world.start();
      await macrotasks(20);
      await elapse(60_000);
      await expectFile(key);
    });

    it("lost without an event while the worker waits for it", async () => {
      const [key] = await begun(AHEAD);
      await leave([key]);
      await macrotasks(20);
      browser.lose();
      world.server.isAutomatic = true;
      await elapse(90_000);
      await expectFile(key);
    });

    it("ended by the user: the task ends with user-cancelled", async () => {
      const [key] = await begun(AHEAD);
      const registration = await leave([key]);
      await registration.abort();
      expect(await finished(key)).toMatchObject({ failure: { code: "user-cancelled" } });
      expect(await eventsOf(page, key)).toEqual(["didComplete"]);
    });
  });

  describe("what the app wants meanwhile", () => {
    it.each(["cancel", "suspend"] as const)("%s ends the registration", async (action) => {
      const [key] = await begun(AHEAD);
      const registration = await leave([key]);
      await control(key, action);
      await eventually(() => expect(registration.failureReason).toBe("aborted"));
      const row = await rowOf(key);
      expect([row.state, row.failure?.code]).toEqual(
        action === "cancel" ? ["completed", "cancelled"] : ["suspended", undefined],
      );
    });

    it("a registration that another task needs is kept, and ends with its last task", async () => {
      const keys = await insisting();
      const [registration] = await registrations();
      await control(keys[0] as string, "cancel");
      await macrotasks(20);
      expect(registration?.result).toBe("");
      await control(keys[1] as string, "cancel");
      await eventually(() => expect(registration?.failureReason).toBe("aborted"));
    });

    it("deleting the session ends the registration", async () => {
      const [key] = await begun(AHEAD);
      const registration = await leave([key]);
      const deleted = world.daemon?.handle({ type: "delete-session", session: "session" }, "page");
      await macrotasks(20);
      await vi.advanceTimersByTimeAsync(100);
      await deleted;
      await eventually(() => expect(registration.failureReason).toBe("aborted"));
      expect((await everythingIn(page)).tasks).toEqual([]);
    });

    it("the record of a suspended task is dropped, and is fetched again when the task is resumed", async () => {
      const [first, second] = await insisting();
      await control(first, "suspend");
      for (const _ of [1, 2]) serve(await asked("browser"));
      await expectFile(second);
      expect(await rowOf(first)).toMatchObject({ state: "suspended", bytesReceived: 0 });
      world.server.isAutomatic = true;
      await control(first, "resume");
      await expectFile(first);
    });

    it("its deadline may pass meanwhile", async () => {
      const [key] = await begun(AHEAD, { deadline: Date.now() + 600_000 });
      const registration = await leave([key]);
      await elapse(600_000);
      expect(await finished(key)).toMatchObject({ failure: { code: "timed-out" } });
      await eventually(() => expect(registration.failureReason).toBe("aborted"));
    });
  });

  describe("a page's announcement", () => {
    it("is rejected if it is about another file: the registration ends, and the worker goes on", async () => {
      const [key, worker] = await begun();
      const registration = await browser.fetch(ID, [new Request("https://app.test/file")]);
      const task = {
        session: "session",
        key,
        start: AHEAD,
        fileId: "another",
        reason: "page-leaving",
      } as const;
      await world.daemon?.handle({ type: "fetch-started", id: ID, tasks: [task] }, "page");
      await eventually(() => expect(registration.failureReason).toBe("aborted"));
      expect((await rowOf(key)).backgroundFetch).toBeUndefined();
      worker.finish();
      await expectFile(key);
    });

    it("is rejected if the worker fetches the file in several ranges by now, which go on", async () => {
      world.parallelRanges = { transport: parallelTransport({ leftBytes: 500, segmentBytes: 100 }) };
      const [key, worker] = await begun(100, { connections: 3 });
      expect(rangesOf("worker")).toEqual(["bytes=0-", "bytes=333-666", "bytes=667-999"]);
      const registration = await leave([key]);
      await eventually(() => expect(registration.failureReason).toBe("aborted"));
      expect((await rowOf(key)).backgroundFetch).toBeUndefined();
      await sayHidden();
      await hideForLong();
      expect(await registrations()).toEqual([]);
      world.server.isAutomatic = true;
      worker.finish();
      for (const exchange of world.server.exchanges) if (!exchange.isAnswered) serve(exchange);
      await expectFile(key);
    });

    it("is rejected for a task that is in another registration", async () => {
      const [key] = await begun(AHEAD);
      const first = await leave([key]);
      const second = await leave([key]);
      await eventually(() => expect(second.failureReason).toBe("aborted"));
      expect(first.result).toBe("");
      serve(await asked("browser"));
      await expectFile(key);
    });

    it("may come twice", async () => {
      const [key] = await begun(AHEAD);
      const registration = await leave([key]);
      const { fileId } = (await rowOf(key)).file ?? {};
      const task = { session: "session", key, start: AHEAD, fileId, reason: "page-leaving" } as CarriedTask;
      await world.daemon?.handle({ type: "fetch-started", id: registration.id, tasks: [task] }, "page");
      await macrotasks(20);
      expect(registration.result).toBe("");
      serve(await asked("browser"));
      await expectFile(key);
    });

    it("may come late for a registration that does not name its tasks, which is not ended before", async () => {
      const [key] = await begun(AHEAD);
      const { fileId = "" } = (await rowOf(key)).file ?? {};
      const late = await leave([key], { mustTell: false, id: ID });
      kill();
      world.start();
      await asked("worker");
      await vi.advanceTimersByTimeAsync(5_000);
      const task = { session: "session", key, start: AHEAD, fileId, reason: "page-leaving" } as const;
      await world.daemon?.handle({ type: "fetch-started", id: ID, tasks: [task] }, "page");
      await vi.advanceTimersByTimeAsync(10_000);
      expect(late.result).toBe("");
      serve(await asked("browser"));
      world.server.isAutomatic = true;
      await elapse(60_000);
      await expectFile(key);
    });
  });

  describe("a page's announcement is lost: the registration is taken up, and no byte is fetched twice", () => {
    const bothRanges = () => [rangesOf("worker"), rangesOf("browser")];

    it("with the worker: by the next one, which leaves the app's own registrations alone", async () => {
      const [key] = await begun(AHEAD);
      await leave([key], { mustTell: false });
      const own = await browser.fetch("the app's own", [new Request("https://app.test/other")]);
      kill();
      world.start();
      await eventually(async () => expect((await rowOf(key)).backgroundFetch).toBeDefined());
      serve(await asked("browser"));
      await expectFile(key);
      expect(own.result).toBe("");
      expect(rangesOf("worker")).toEqual([]);
    });

    it("with the worker, before it came to where the registration begins: the next one closes the gap", async () => {
      const [key] = await begun();
      await leave([key], { mustTell: false });
      kill();
      world.start();
      const gap = await asked("worker");
      expect(gap.request.headers.get("range")).toBe(`bytes=${HERE}-${AHEAD - 1}`);
      serve(gap);
      serve(await asked("browser"));
      await expectFile(key);
    });

    it("with the worker, and the next one is started by its end", async () => {
      const [key] = await begun(AHEAD);
      await leave([key], { mustTell: false });
      kill();
      serve(await asked("browser"));
      await expectFile(key);
      expect(bothRanges()).toEqual([[], [`bytes=${AHEAD}-`]]);
    });

    it("for several tasks in one registration", async () => {
      const [one] = await begun(AHEAD, { url: "https://app.test/1" });
      const [two] = await begun(AHEAD, { url: "https://app.test/2" });
      await leave([one, two], { mustTell: false });
      kill();
      world.start();
      await eventually(async () => expect((await rowOf(two)).backgroundFetch?.isShared).toBe(true));
      serve(await asked("browser"));
      serve(await asked("browser"));
      await expectFile(one);
      await expectFile(two);
      expect(rangesOf("worker")).toEqual([]);
    });

    it("while the worker lives: it looks for registrations itself if there is no page", async () => {
      const [key] = await begun(AHEAD);
      await leave([key], { mustTell: false });
      await vi.advanceTimersByTimeAsync(10_000);
      await eventually(async () => expect((await rowOf(key)).backgroundFetch).toBeDefined());
      serve(await asked("browser"));
      await expectFile(key);
    });

    it("and one of its tasks has finished since: the registration ends, so that no request is sent again", async () => {
      const [one, worker] = await begun(AHEAD, { url: "https://app.test/1" });
      const [two] = await begun(AHEAD, { url: "https://app.test/2" });
      const registration = await leave([one, two], { mustTell: false });
      worker.finish();
      await expectFile(one);
      kill();
      world.server.isAutomatic = true;
      world.start();
      await eventually(() => expect(registration.failureReason).toBe("aborted"));
      await expectFile(two);
    });

    it("and the task was cancelled since: the registration ends", async () => {
      const [key] = await begun(AHEAD);
      const registration = await leave([key], { mustTell: false });
      await control(key, "cancel");
      kill();
      world.start();
      await eventually(() => expect(registration.failureReason).toBe("aborted"));
    });

    it("and the user has ended it: the worker goes on, since the task was not cancelled", async () => {
      const [key] = await begun(AHEAD);
      const registration = await leave([key], { mustTell: false });
      kill();
      await registration.abort();
      world.server.isAutomatic = true;
      await expectFile(key);
    });
  });

  describe("a page that is asked to start it", () => {
    it("does so at once if the session insists on it, and the worker may sleep meanwhile", async () => {
      world.server.isAutomatic = false;
      world.start();
      await configure({ transport: "background-fetch" });
      await sayHidden();
      const key = await make();
      const fetch = await asked("browser");
      await eventually(async () =>
        expect((await rowOf(key)).backgroundFetch).toMatchObject({ start: 0, reason: "asked-for" }),
      );
      expect([world.daemon?.isAtWork, world.daemon?.hasWork]).toEqual([false, true]);
      serve(fetch);
      await expectFile(key);
      expect(rangesOf("worker")).toEqual([]);
    });

    it("is asked as soon as it is there, even if it is hidden", async () => {
      await configure({ transport: "background-fetch" });
      const key = await make();
      world.start();
      await macrotasks(50);
      expect(await browser.getIds()).toEqual([]);
      await sayHidden();
      await expectFile(key);
      expect(rangesOf("worker")).toEqual([]);
    });

    it("does so for tasks that are made while it is hidden", async () => {
      world.start();
      await hideForLong();
      const key = await make();
      await expectFile(key);
      expect([rangesOf("worker"), rangesOf("browser")]).toEqual([[], [null]]);
    });

    it("and is not allowed to leaves it to the worker for a while", async () => {
      browser.refusal = "This origin does not have permission to start a fetch.";
      world.start();
      await hideForLong();
      await expectFile(await make());
      expect(rangesOf("browser")).toEqual([]);
    });

    it("is waited for if the session insists", async () => {
      browser.refusal = "This origin does not have permission to start a fetch.";
      world.start();
      await configure({ transport: "background-fetch" });
      await sayHidden();
      const key = await make();
      await hideForLong();
      expect((await rowOf(key)).state).toBe("running");
      expect(rangesOf("worker")).toEqual([]);
      browser.refusal = undefined;
      await hideForLong();
      await expectFile(key);
    });
  });

  describe("what could go wrong between the two", () => {
    it("it has ended before the page announces it: its record is used anyway", async () => {
      const [key] = await begun(AHEAD);
      world.server.isAutomatic = true;
      await leave([key]);
      await expectFile(key);
      expect([rangesOf("worker"), rangesOf("browser")]).toEqual([["bytes=0-"], [`bytes=${AHEAD}-`]]);
    });

    it("its event is over before the worker has closed the gap: the rest is requested again", async () => {
      const [key] = await begun();
      await leave([key]);
      kill();
      world.isOnline = false;
      world.start();
      serve(await asked("browser"));
      await elapse(200_000);
      world.isOnline = true;
      world.server.isAutomatic = true;
      await elapse(60_000);
      await expectFile(key);
    });

    it("the browser refuses every time: it is asked again only after a pause", async () => {
      world.start();
      await configure({ transport: "background-fetch" });
      world.server.isAutomatic = false;
      await sayHidden();
      await make();
      for (let seconds = 0; seconds < 60; seconds += 1) {
        await sayHidden();
        browser.close();
        await macrotasks(10);
        await vi.advanceTimersByTimeAsync(1_000);
      }
      expect(rangesOf("browser").length).toBeGreaterThan(2);
      expect(rangesOf("browser").length).toBeLessThan(15);
    });

    it("two tasks of one registration have the same URL and different methods: each gets its own response", async () => {
      world.server.isAutomatic = false;
      await configure({ transport: "background-fetch" });
      const upload = { sizeBytes: 0, bytesAcknowledged: 0 };
      const keys = [
        await make({ kind: "upload", method: "PUT", upload }),
        await make({ kind: "download", method: "GET" }),
      ];
      world.start();
      await sayHidden();
      const put = await asked("browser");
      expect(put.request.method).toBe("PUT");
      world.server.refuse(put, 201);
      put.finish();
      serve(await asked("browser"));
      expect((await finished(keys[0] as string)).response?.status).toBe(201);
      expect((await finished(keys[1] as string)).response?.status).toBe(200);
      await expectFile(keys[1] as string);
    });

    it("a request with a Range of the app's own gets its response", async () => {
      world.server.isAutomatic = false;
      await configure({ transport: "background-fetch" });
      const key = await make({
        request: {
          ...requestRecord("https://app.test/file"),
          headers: { range: "bytes=100-", "if-range": '"1"' },
        },
      });
      world.start();
      await sayHidden();
      serve(await asked("browser"));
      const row = await finished(key);
      expect(row.response?.status).toBe(206);
      expect(await bytesOf(row)).toEqual(world.server.bytes().slice(100));
      expect(rangesOf("worker")).toEqual([]);
    });

    it("little is left and the session insists: it is fetched, and not waited for forever", async () => {
      const [key] = await begun(AHEAD);
      kill();
      await configure({ transport: "background-fetch" });
      world.start();
      await sayHidden();
      const rest = await asked("browser");
      expect(rest.request.headers.get("range")).toBe(`bytes=${AHEAD}-`);
      serve(rest);
      await expectFile(key);
    });

    it("a newer worker waits: the event of a registration does not delay it", async () => {
      const [key] = await begun();
      const registration = await leave([key]);
      serve(await asked("browser"));
      await macrotasks(20);
      const isOpen = () =>
        registration.matchAll().then(
          () => true,
          () => false,
        );
      expect(await isOpen()).toBe(true);
      void world.daemon?.leave();
      await macrotasks(20);
      await vi.advanceTimersByTimeAsync(100);
      await macrotasks(20);
      expect(await isOpen()).toBe(false);
    });
  });

  it("a task that cannot use the transport its session insists on says why, and what to do", async () => {
    world.willSend = () => undefined;
    world.start();
    await configure({ transport: "background-fetch" });
    const row = await finished(await make());
    expect(row.failure).toMatchObject({
      code: "transport-unavailable",
      message: expect.stringContaining("willSend"),
    });
  });
});
