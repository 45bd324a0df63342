import "fake-indexeddb/auto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { QueueStore } from "workbox-background-sync/QueueStore.js";
import { namesOf } from "../../../../src/protocol/names.ts";
import { Database } from "../../../../src/store/database.ts";
import { openStoredSession } from "../../../../src/store/sessions.ts";
import { readTask } from "../../../../src/store/tasks.ts";
import { startDaemon } from "../../../../src/sw/start-daemon.ts";
import { FakeLocks } from "../../../../src/testing/fake-locks.ts";
import { takeClock } from "../../../support/clock.ts";
import { macrotasks } from "../../../support/fake-world.ts";
import { insert } from "../../../support/stored.ts";
import { taskRow } from "../../../support/task-row.ts";
import { FakeSync } from "./fake-sync.ts";

const SCOPE = "https://app.test/sync/";
const NAMES = namesOf(SCOPE);

/** This realm becomes a service worker, once: `startDaemon()` may be called only once in a realm. */
class Worker {
  readonly listeners = new Map<string, ((event: unknown) => void)[]>();
  readonly sync = new FakeSync(NAMES.syncTag, (event) => this.dispatch("sync", event));
  isDown = true;
  /** How many requests were sent. */
  requests = 0;

  dispatch(type: string, event: unknown): void {
    for (const listen of this.listeners.get(type) ?? []) listen(event);
  }

  install(): void {
    const active = { state: "activated", addEventListener: () => {} };
    const isServiceWorker = { [Symbol.hasInstance]: () => true };
    const registration = {
      scope: SCOPE,
      active,
      installing: null,
      waiting: null,
      addEventListener: () => {},
      sync: this.sync,
    };
    const globals = {
      self: globalThis,
      ServiceWorkerGlobalScope: isServiceWorker,
      registration,
      serviceWorker: active,
      location: new URL("sw.js", SCOPE),
      navigator: { locks: new FakeLocks(), onLine: true },
      clients: {
        matchAll: async () => (this.sync.hasWindow ? [{ url: SCOPE, type: "window", postMessage() {} }] : []),
      },
      addEventListener: (type: string, listen: (event: unknown) => void) =>
        this.listeners.set(type, [...(this.listeners.get(type) ?? []), listen]),
      removeEventListener: () => {},
      fetch: async () => {
        this.requests += 1;
        if (this.isDown) throw new TypeError("Failed to fetch");
        return new Response("body");
      },
    };
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
  }
}

describe("while there is unfinished work, a sync event is registered or open (W3)", () => {
  const worker = new Worker();
  const page = new Database(NAMES.database);
  const row = taskRow({ kind: "data", deadline: 2 ** 41 });

  beforeAll(() => {
    takeClock();
    worker.install();
  });
  afterAll(() => {
    page.close();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  /** Lets time pass, and looks at each second whether the browser will wake the worker. */
  async function pass(seconds: number): Promise<boolean> {
    let isAlwaysWaking = true;
    for (let second = 0; second < seconds; second += 1) {
      await macrotasks(3);
      await vi.advanceTimersByTimeAsync(1_000);
      isAlwaysWaking &&= worker.sync.isWaking;
    }
    await macrotasks(20);
    return isAlwaysWaking;
  }

  async function until(isMet: () => boolean | Promise<boolean>): Promise<void> {
    for (let second = 0; second < 2_000 && !(await isMet()); second += 1) await pass(1);
    expect(await isMet()).toBe(true);
  }

  const markers = () => new QueueStore(NAMES.queue).size();

  it("with a window, without one, and again with one", async () => {
    // An earlier worker left its mark, and its registration is used up.
    const request = { requestData: { url: SCOPE }, timestamp: Date.now() };
    await new QueueStore(NAMES.queue).pushEntry(request as never);
    await openStoredSession(page, "session", undefined);
    await insert(page, row);
    startDaemon();
    await until(() => worker.sync.isWaking);
    expect(await markers()).toBe(1);

    // With a window, the next event is registered while one is open, with fresh attempts.
    expect(await pass(400)).toBe(true);
    const withWindow = worker.sync.events.length;
    expect(withWindow).toBeGreaterThan(2);
    expect(worker.sync.events).not.toContain(true);

    // Without one, the worker rejects its event, which is the only way to be woken again, to the last chance.
    worker.sync.hasWindow = false;
    await until(() => !worker.sync.isWaking || worker.sync.events.length > withWindow);
    expect(await pass(300)).toBe(true);
    await pass(2_400);
    expect(worker.sync.events.at(-1)).toBe(true);
    expect(worker.sync.isWaking).toBe(false);
    expect(await readTask(page, "session", row.key)).toMatchObject({ state: "running" });
    expect(worker.requests).toBeGreaterThan(3);

    // A page registers the next event. When the work is done, nothing wakes the worker any more.
    worker.sync.hasWindow = true;
    await worker.sync.register(NAMES.syncTag);
    worker.isDown = false;
    await until(async () => (await readTask(page, "session", row.key))?.state === "completed");
    await until(() => !worker.sync.isWaking);
    expect(await markers()).toBe(0);
  });
});
