import "fake-indexeddb/auto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Database } from "../../../../src/store/database.ts";
import { readFact } from "../../../../src/store/facts.ts";
import { FIRST_PACE } from "../../../../src/sw/decisions/pace.ts";
import { Presence } from "../../../../src/sw/pages/presence.ts";
import type { DaemonHost } from "../../../../src/sw/ports/daemon-host.ts";
import { MultiplexedHosts } from "../../../../src/sw/runs/multiplexed-hosts.ts";
import { World } from "../../../../src/sw/runs/world.ts";

const URL_OF_HOST = "https://a.test/notes";

describe("the hosts that multiplex", () => {
  const databases: Database[] = [];
  afterEach(() => {
    for (const database of databases.splice(0)) database.close();
  });

  /** A worker with what its browser says of each host. */
  function worker(database: Database, says: Record<string, boolean> = {}) {
    const hosts = new MultiplexedHosts({ database, isMultiplexed: (url) => says[new URL(url).host] });
    return { hosts, says };
  }

  function opened(name: string = crypto.randomUUID()): Database {
    const database = new Database(name);
    databases.push(database);
    return database;
  }

  const kept = (database: Database) => readFact(database, "multiplexed-hosts");
  const quick = (at: number) => ({ status: 200, sentAt: at, respondedAt: at + 50 });

  it("are unknown until an answer shows the protocol, and a worker that starts anew knows them", async () => {
    const database = opened();
    const { hosts } = worker(database, { "a.test": true, "b.test": false });
    for (const url of [URL_OF_HOST, "https://b.test/", "https://c.test/"])
      hosts.answered(url, quick(1_000), 6);
    expect([...hosts.widths]).toEqual([["a.test", 7]]);
    await vi.waitFor(async () => expect(await kept(database)).toEqual(["a.test"]));
    const next = worker(database).hosts;
    await next.load();
    expect([...next.widths]).toEqual([["a.test", FIRST_PACE.width]]);
    // The browser has not told yet: what is on disk counts, and the pace is kept.
    next.answered(URL_OF_HOST, quick(2_000), 6);
    expect(next.widths.get("a.test")).toBe(7);
  });

  it("are forgotten when they speak HTTP/1.1 again", async () => {
    const database = opened();
    const { hosts, says } = worker(database, { "a.test": true });
    hosts.answered(URL_OF_HOST, undefined, 6);
    expect(hosts.widths.get("a.test")).toBe(FIRST_PACE.width);
    says["a.test"] = false;
    hosts.answered(URL_OF_HOST, quick(1_000), 6);
    expect(hosts.widths.size).toBe(0);
    await vi.waitFor(async () => expect(await kept(database)).toEqual([]));
  });

  it("need no disk, and what was stored by something else is no host", async () => {
    const database = opened();
    await database.write(["facts"], "relaxed", async (tx) => {
      await tx.objectStore("facts").put({ a: 1 }, "multiplexed-hosts");
    });
    const { hosts } = worker(database, { "a.test": true });
    await hosts.load();
    expect(hosts.widths.size).toBe(0);
    vi.spyOn(database, "write").mockRejectedValue(new Error("The disk is full."));
    hosts.answered(URL_OF_HOST, quick(1_000), 6);
    expect(hosts.widths.get("a.test")).toBe(7);
  });

  it("are among the conditions of a plan, by host and port", () => {
    const host = {
      database: opened(),
      now: () => 1_000,
      isOnline: () => true,
      isExpensive: () => undefined,
      isConstrained: () => undefined,
      isMultiplexed: (url: string) => url.startsWith("https://two.test:8443/"),
      fetches: { isSupported: false },
      origin: "https://app.test",
    } as unknown as DaemonHost;
    const world = new World(host, new Presence(host.now), false);
    for (const url of ["https://one.test/file", "https://two.test:8443/file"])
      world.multiplexedHosts.answered(url, undefined, 6);
    expect([...world.conditions().multiplexedHosts]).toEqual([["two.test:8443", FIRST_PACE.width]]);
  });
});
