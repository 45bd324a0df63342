import "fake-indexeddb/auto";
import { deleteDB, openDB } from "idb";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Wake } from "../../../../src/sw/host/wake.ts";
import type { LogEntry } from "../../../../src/sw/log.ts";

const NAMES = { queue: "background-session:/", syncTag: "workbox-background-sync:background-session:/" };
const DATABASE = "workbox-background-sync";

/** A service worker's scope, as far as `Wake` uses it. */
class FakeWorker extends EventTarget {
  readonly tags: string[] = [];
  readonly periodicTags = new Set<string>();
  readonly registration: object;

  constructor(hasSync: boolean) {
    super();
    const sync = { register: async (tag: string) => void this.tags.push(tag) };
    const periodicSync = {
      register: async (tag: string) => void this.periodicTags.add(tag),
      unregister: async (tag: string) => void this.periodicTags.delete(tag),
    };
    this.registration = { scope: "https://app.test/", ...(hasSync && { sync, periodicSync }) };
  }

  fire(type: string, fields: object): Promise<unknown> | undefined {
    let extended: Promise<unknown> | undefined;
    const waitUntil = (promise: Promise<unknown>): void => {
      extended = promise;
    };
    this.dispatchEvent(Object.assign(new Event(type), { waitUntil, ...fields }));
    return extended;
  }
}

describe("the wake", () => {
  const log: LogEntry[] = [];
  const onWake = vi.fn(async () => {});

  beforeEach(async () => {
    log.length = 0;
    onWake.mockReset();
    onWake.mockResolvedValue(undefined);
    await deleteDB(DATABASE);
  });

  function wakeOf(worker: FakeWorker): Wake {
    const scope = worker as unknown as ServiceWorkerGlobalScope;
    return new Wake({ names: NAMES, worker: scope, log: (entry) => void log.push(entry), onWake });
  }

  async function markers(): Promise<unknown[]> {
    const database = await openDB(DATABASE);
    const found = await database.getAll("requests");
    database.close();
    return found;
  }

  it("keeps one marker while there is work, and registers a sync event each time", async () => {
    const worker = new FakeWorker(true);
    const wake = wakeOf(worker);
    await wake.update(true);
    await wake.update(true);
    expect(await markers()).toEqual([expect.objectContaining({ queueName: NAMES.queue })]);
    expect(worker.tags).toEqual([NAMES.syncTag, NAMES.syncTag]);
    expect([...worker.periodicTags]).toEqual([NAMES.syncTag]);
    await wake.update(false);
    expect(await markers()).toEqual([]);
    expect([...worker.periodicTags]).toEqual([]);
    expect(log).toEqual([]);
  });

  it("leaves the entries of other queues alone", async () => {
    const wake = wakeOf(new FakeWorker(true));
    await wake.update(true);
    const database = await openDB(DATABASE);
    await database.add("requests", { queueName: "of the app", requestData: { url: "/" }, timestamp: 0 });
    database.close();
    await wake.update(false);
    expect(await markers()).toEqual([expect.objectContaining({ queueName: "of the app" })]);
  });

  it("replaces the store of an older workbox", async () => {
    const old = await openDB(DATABASE, 1, {
      upgrade: (database) => void database.createObjectStore("requests", { autoIncrement: true }),
    });
    old.close();
    await wakeOf(new FakeWorker(true)).update(true);
    expect(await markers()).toHaveLength(1);
  });

  it("logs that the browser cannot be asked", async () => {
    const newer = await openDB(DATABASE, 99);
    newer.close();
    await wakeOf(new FakeWorker(true)).update(true);
    expect(log).toEqual([
      { level: "warning", message: expect.stringContaining("could not be asked to wake the worker") },
    ]);
  });

  it("keeps its sync event open until the daemon is done, and passes its errors on", async () => {
    const worker = new FakeWorker(true);
    const wake = wakeOf(worker);
    expect(onWake).not.toHaveBeenCalled();
    await worker.fire("sync", { tag: NAMES.syncTag, lastChance: true });
    expect(onWake).toHaveBeenCalledTimes(1);
    expect(wake.isLastChance).toBe(true);
    onWake.mockRejectedValue(new Error("There is unfinished work."));
    await expect(worker.fire("sync", { tag: NAMES.syncTag, lastChance: false })).rejects.toThrow(
      "unfinished",
    );
    expect(wake.isLastChance).toBe(false);
    await expect(worker.fire("periodicsync", { tag: NAMES.syncTag })).rejects.toThrow("unfinished");
    expect(wake.isLastChance).toBe(false);
  });

  it("leaves the sync events of the app alone", async () => {
    const worker = new FakeWorker(true);
    wakeOf(worker);
    expect(worker.fire("sync", { tag: "of-the-app", lastChance: true })).toBeUndefined();
    expect(onWake).not.toHaveBeenCalled();
  });

  it("takes the start of the worker for an event if the browser has no sync events", async () => {
    onWake.mockRejectedValue(new Error("There is unfinished work."));
    const wake = wakeOf(new FakeWorker(false));
    expect(onWake).toHaveBeenCalledTimes(1);
    await wake.update(true);
    await wake.update(false);
    expect(log).toEqual([]);
  });
});
