import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { QueueStore } from "workbox-background-sync/QueueStore.js";
import { namesOf } from "../../../../src/protocol/names.ts";
import { Wake } from "../../../../src/sw/host/wake.ts";

let count = 0;

/** A worker with sync events, and with periodic ones if the user has allowed them. */
describe("how the browser is asked to wake the worker", () => {
  let listeners: Map<string, ((event: object) => void)[]>;
  let asked: string[];
  let log: string[];
  let wakes: number;
  let names: ReturnType<typeof namesOf>;
  beforeEach(() => {
    count += 1;
    names = namesOf(`https://app.test/wake-${count}/`);
    [listeners, asked, log, wakes] = [new Map(), [], [], 0];
  });
  afterEach(() => void vi.unstubAllGlobals());

  function wakeWith({ isPeriodic = true } = {}): Wake {
    const registration = {
      scope: `https://app.test/wake-${count}/`,
      sync: {
        register: async (tag: string) => void asked.push(`sync ${tag}`),
      },
      ...(isPeriodic && {
        periodicSync: {
          register: async (tag: string, { minInterval }: { minInterval: number }) => {
            asked.push(`periodic ${tag} ${minInterval}`);
            throw new DOMException("not installed", "NotAllowedError");
          },
          unregister: async (tag: string) => void asked.push(`no periodic ${tag}`),
        },
      }),
    };
    const addEventListener = (type: string, listen: (event: object) => void) =>
      void listeners.set(type, [...(listeners.get(type) ?? []), listen]);
    const worker = { registration, addEventListener };
    for (const [name, value] of Object.entries({ self: worker, registration, addEventListener }))
      vi.stubGlobal(name, value);
    return new Wake({
      names,
      worker: worker as never,
      log: ({ message }) => void log.push(message),
      onWake: async () => {
        wakes += 1;
      },
    });
  }

  async function dispatch(type: string, event: object): Promise<void> {
    const open: Promise<unknown>[] = [];
    const waitUntil = (promise: Promise<unknown>) => void open.push(promise);
    for (const listen of listeners.get(type) ?? []) listen({ waitUntil, ...event });
    await Promise.all(open);
  }

  const markers = () => new QueueStore(names.queue).size();
  const HALF_A_DAY_MS = 43_200_000;

  it("there is one marker while there is work, which is asked for again each time, and none afterwards", async () => {
    const wake = wakeWith();
    await wake.update(true);
    await wake.update(true);
    const once = [`sync ${names.syncTag}`, `periodic ${names.syncTag} ${HALF_A_DAY_MS}`];
    expect([asked.splice(0), await markers(), log]).toEqual([[...once, ...once], 1, []]);
    await wake.again();
    expect(asked.splice(0)).toEqual([`sync ${names.syncTag}`]);
    await wake.update(false);
    expect([asked, await markers()]).toEqual([[`no periodic ${names.syncTag}`], 0]);
  });

  it("a browser without periodic events is asked for the others", async () => {
    const wake = wakeWith({ isPeriodic: false });
    await wake.update(true);
    await wake.update(false);
    expect([asked, log]).toEqual([[`sync ${names.syncTag}`], []]);
  });

  it("says whether a sync event is the last, and its own only", async () => {
    const wake = wakeWith();
    expect(wake.isLastChance).toBe(false);
    await dispatch("sync", { tag: "another", lastChance: true });
    expect(wake.isLastChance).toBe(false);
    await dispatch("sync", { tag: names.syncTag, lastChance: true });
    expect([wake.isLastChance, wakes]).toEqual([true, 1]);
    await dispatch("periodicsync", { tag: "another" });
    expect([wake.isLastChance, wakes]).toEqual([true, 1]);
    // After a periodic event another one comes.
    await dispatch("periodicsync", { tag: names.syncTag });
    expect([wake.isLastChance, wakes]).toEqual([false, 2]);
  });

  it("is logged if it cannot be done, and done the next time", async () => {
    const wake = wakeWith();
    const { Request } = globalThis;
    vi.stubGlobal("Request", function none() {
      throw new Error("odd");
    });
    await wake.update(true);
    expect([log, asked]).toEqual([["The browser could not be asked to wake the worker: Error: odd"], []]);
    vi.stubGlobal("Request", Request);
    await wake.update(true);
    expect(asked).toHaveLength(2);
  });
});
