import { afterEach, describe, expect, it, vi } from "vitest";
import type { FetchOffer, StartFetchMessage } from "../../../../src/protocol/background-fetch.ts";
import { PRESENCE_QUESTION } from "../../../../src/protocol/notices.ts";
import { workerHost } from "../../../../src/sw/host/worker-host.ts";

const OFFER: FetchOffer = { id: "background-session:1", options: {}, tasks: [] };

/** A window of the origin, and what a worker has posted to it. */
interface Window {
  readonly id: string;
  readonly url: string;
  readonly type: "window";
  readonly posted: unknown[];
  postMessage(message: unknown, ports?: MessagePort[]): void;
}

function windowAt(id: string, path: string, startsFetches = false): Window {
  const posted: unknown[] = [];
  return {
    id,
    url: `https://app.test${path}`,
    type: "window",
    posted,
    postMessage: (message, [port] = []) => {
      posted.push(message);
      port?.postMessage({ isStarted: startsFetches });
    },
  };
}

/** The worker of `/app/` in an origin with these windows, the most recently used one first. */
function hostWith(windows: readonly Window[], storage?: Pick<StorageManager, "estimate">) {
  const scope = Object.assign(new EventTarget(), {
    registration: { scope: "https://app.test/app/" },
    location: new URL("https://app.test/app/sw.js"),
    navigator: { storage },
    clients: { matchAll: async () => windows },
  });
  return workerHost(scope as unknown as ServiceWorkerGlobalScope, () => {});
}

describe("the free bytes of the origin", () => {
  afterEach(() => void vi.restoreAllMocks());

  function estimating(...estimates: readonly StorageEstimate[]) {
    const left = [...estimates];
    return hostWith([], { estimate: async () => left.shift() ?? {} });
  }

  it("what the browser said a moment ago will do if it is enough", async () => {
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    const host = estimating({ quota: 100, usage: 40 }, { quota: 200, usage: 40 }, { quota: 200, usage: 50 });
    expect(await host.freeBytes(60)).toBe(60);
    expect(await host.freeBytes(60)).toBe(60);
    // The user may have made space.
    expect(await host.freeBytes(61)).toBe(160);
    now = 1_001;
    expect(await host.freeBytes(61)).toBe(150);
  });

  it("are unknown if the browser does not say", async () => {
    expect(await estimating({ quota: 1 }).freeBytes(1)).toBeUndefined();
    expect(await hostWith([]).freeBytes(1)).toBeUndefined();
  });
});

describe("a worker among the pages of several apps of one origin", () => {
  const foreign = () => windowAt("foreign", "/other/", true);
  const opening = () => windowAt("opening", "/app/new", true);
  const outside = () => windowAt("outside", "/shop/", true);
  const isPage = (client: string) => client === "outside";

  it("counts pages in its scope, and those outside that have said they belong to its app", async () => {
    const windows = [foreign(), opening(), outside()];
    expect(await hostWith(windows).askForPresence(isPage)).toBe(2);
    expect(await hostWith([foreign()]).askForPresence(isPage)).toBe(0);
    // A page outside of the scope may belong to the app, and only it knows.
    for (const { posted } of windows) expect(posted).toEqual([PRESENCE_QUESTION]);
  });

  it("asks only pages of its app to start a background fetch, whichever page was used last", async () => {
    const windows = [foreign(), opening(), outside()];
    expect(await hostWith(windows).startFetch(OFFER, isPage)).toEqual({ isStarted: true });
    const message: StartFetchMessage = { backgroundSession: "start-fetch", offer: OFFER };
    expect(windows.map(({ posted }) => posted)).toEqual([[], [], [message]]);
  });

  it("asks its pages one after the other until one starts it", async () => {
    const windows = [
      windowAt("untouched", "/app/1"),
      windowAt("touched", "/app/2", true),
      windowAt("last", "/app/3", true),
    ];
    const isAny = () => true;
    expect(await hostWith(windows).startFetch(OFFER, isAny)).toEqual({ isStarted: true });
    expect(windows.map(({ posted }) => posted.length)).toEqual([1, 1, 0]);
    expect(await hostWith([]).startFetch(OFFER, isAny)).toMatchObject({ isStarted: false });
  });
});
