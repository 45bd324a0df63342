import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Daemon } from "../../../../src/sw/daemon.ts";
import { isActive, makeWayForUpdates } from "../../../../src/sw/host/update-watch.ts";
import { beginWorld, type DaemonWorld, endWorld } from "../../../support/daemon-world.ts";
import { macrotasks } from "../../../support/fake-world.ts";

/** A worker as its registration shows it. */
class Worker extends EventTarget {
  state: ServiceWorkerState;

  constructor(state: ServiceWorkerState) {
    super();
    this.state = state;
  }

  become(state: ServiceWorkerState): void {
    this.state = state;
    this.dispatchEvent(new Event("statechange"));
  }
}

class Registration extends EventTarget {
  installing: Worker | null = null;
  waiting: Worker | null = null;
  active: Worker | null = null;
}

describe("an old worker while a newer one is installed", () => {
  let daemonWorld: DaemonWorld;
  let registration: Registration;
  let own: Worker;
  beforeEach(async () => {
    daemonWorld = await beginWorld();
    registration = new Registration();
    own = new Worker("activated");
    registration.active = own;
  });
  afterEach(() => endWorld(daemonWorld));

  /** A browser that has no `serviceWorker` in its workers tells less. */
  const scopeOf = (hasOwn = true) => {
    const told = { registration, ...(hasOwn && { serviceWorker: own }) };
    return Object.assign(new EventTarget(), told) as unknown as ServiceWorkerGlobalScope;
  };

  async function started(scope = scopeOf()): Promise<Daemon> {
    const daemon = daemonWorld.world.start();
    await macrotasks(30);
    expect(daemon.hasLock).toBe(true);
    makeWayForUpdates(scope, daemon);
    await macrotasks(30);
    return daemon;
  }

  async function pass(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms);
    await macrotasks(30);
  }

  /** The browser has found a new version. */
  function find(): Worker {
    const worker = new Worker("installing");
    registration.installing = worker;
    registration.dispatchEvent(new Event("updatefound"));
    return worker;
  }

  it("goes on while the new one installs, makes way when it is installed, and is back after 5 s if it still serves", async () => {
    const daemon = await started();
    const next = find();
    next.become("installing");
    await pass(10);
    expect(daemon.hasLock).toBe(true);
    registration.waiting = next;
    next.become("installed");
    await pass(4_900);
    expect([daemon.hasLock, daemon.isAway]).toEqual([false, true]);
    await pass(100);
    expect([daemon.hasLock, daemon.isAway]).toEqual([true, false]);
    // It makes way once for each new worker.
    next.become("installed");
    await pass(10);
    expect(daemon.isAway).toBe(false);
  });

  it("stays away if the new one has taken over", async () => {
    const daemon = await started();
    const next = find();
    next.become("installed");
    await pass(100);
    own.state = "redundant";
    await pass(60_000);
    expect([daemon.hasLock, daemon.isAway]).toEqual([false, true]);
  });

  it("that starts while a new one waits makes way for one second", async () => {
    registration.waiting = new Worker("installed");
    const daemon = await started();
    expect(daemon.isAway).toBe(true);
    await pass(900);
    expect(daemon.isAway).toBe(true);
    await pass(100);
    expect([daemon.hasLock, daemon.isAway]).toEqual([true, false]);
  });

  it("leaves for good when its registration was removed", async () => {
    const daemon = await started();
    own.become("activated");
    await pass(10);
    expect(daemon.isAway).toBe(false);
    own.become("redundant");
    await pass(60_000);
    expect([daemon.hasLock, daemon.isAway]).toEqual([false, true]);
  });

  it("that does not serve the scope has nothing to make way with", async () => {
    own.state = "installed";
    registration.waiting = own;
    const daemon = await started();
    expect(daemon.isAway).toBe(false);
    find().become("installed");
    await pass(10);
    expect(daemon.isAway).toBe(false);
  });

  it("a new one works only when it is activated, also in a browser that does not show a worker itself", async () => {
    const scope = scopeOf(false);
    const daemon = await started(scope);
    const self = find();
    scope.dispatchEvent(new Event("install"));
    await pass(10);
    expect([daemon.hasLock, daemon.isAway]).toEqual([false, true]);
    self.become("installed");
    await pass(60_000);
    expect(daemon.isAway).toBe(true);
    scope.dispatchEvent(new Event("activate"));
    await pass(10);
    expect([daemon.hasLock, daemon.isAway]).toEqual([true, false]);
    find().become("installed");
    await pass(10);
    expect(daemon.isAway).toBe(true);
  });

  it("a new one that replaces another one that waits works only when it is activated, too", async () => {
    const scope = scopeOf(false);
    registration.waiting = new Worker("installed");
    const daemon = await started(scope);
    scope.dispatchEvent(new Event("install"));
    await pass(60_000);
    expect([daemon.hasLock, daemon.isAway]).toEqual([false, true]);
    scope.dispatchEvent(new Event("activate"));
    await pass(10);
    expect([daemon.hasLock, daemon.isAway]).toEqual([true, false]);
  });

  it("in a browser that shows a worker itself goes by its state, whatever else is installed", async () => {
    const scope = scopeOf();
    const daemon = await started(scope);
    scope.dispatchEvent(new Event("install"));
    await pass(10);
    expect([daemon.hasLock, daemon.isAway]).toEqual([true, false]);
  });

  it("the first one of a scope has nobody to leave the work to", async () => {
    const scope = scopeOf(false);
    const daemon = await started(scope);
    registration.active = null;
    scope.dispatchEvent(new Event("install"));
    await pass(10);
    expect([daemon.hasLock, daemon.isAway]).toEqual([true, false]);
  });

  it("a new one that is activated while it is installed works at once", async () => {
    const scope = scopeOf(false);
    const daemon = await started(scope);
    scope.dispatchEvent(new Event("install"));
    scope.dispatchEvent(new Event("activate"));
    await pass(10);
    expect([daemon.hasLock, daemon.isAway]).toEqual([true, false]);
  });

  it("an update that is over at once is no worker", async () => {
    const daemon = await started();
    registration.installing = null;
    registration.dispatchEvent(new Event("updatefound"));
    await pass(10);
    expect(daemon.hasLock).toBe(true);
  });

  it.each([
    ["parsed", false],
    ["installing", false],
    ["installed", false],
    ["activating", true],
    ["activated", true],
    ["redundant", false],
  ] as const)("a worker that is %s serves its scope: %j", (state, serves) => {
    own.state = state;
    expect(isActive(scopeOf())).toBe(serves);
  });

  it("a browser that does not show a worker itself shows whether the registration has one", async () => {
    expect(isActive(scopeOf(false))).toBe(true);
    makeWayForUpdates(scopeOf(false), daemonWorld.world.start());
    registration.active = null;
    expect(isActive(scopeOf(false))).toBe(false);
  });
});
