import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HostProtocols } from "../../../../src/sw/host/host-protocols.ts";

/** The browser's side: entries wait until they are delivered, or taken. */
class FakeObserver {
  static readonly all: FakeObserver[] = [];
  readonly #tell: (list: { getEntries(): unknown[] }) => void;
  #waiting: unknown[] = [];

  constructor(tell: (list: { getEntries(): unknown[] }) => void) {
    this.#tell = tell;
    FakeObserver.all.push(this);
  }

  observe(): void {}

  takeRecords(): unknown[] {
    return this.#waiting.splice(0);
  }

  queue(name: string, nextHopProtocol: string | undefined, times: object = {}): void {
    this.#waiting.push({ name, nextHopProtocol, ...times });
  }

  tell(): void {
    const entries = this.takeRecords();
    this.#tell({ getEntries: () => entries });
  }
}

describe("HostProtocols", () => {
  beforeEach(() => void vi.stubGlobal("PerformanceObserver", FakeObserver));
  afterEach(() => {
    vi.unstubAllGlobals();
    FakeObserver.all.splice(0);
  });

  function made(): { protocols: HostProtocols; browser: FakeObserver } {
    const protocols = new HostProtocols();
    return { protocols, browser: FakeObserver.all.at(-1) as FakeObserver };
  }

  it.each([
    ["h2", true],
    ["h3", true],
    ["http/1.1", false],
    ["", undefined],
    [undefined, undefined],
  ])("a host that was reached by %j is multiplexed: %j, told or not", (protocol, expected) => {
    const { protocols, browser } = made();
    browser.queue("https://a.test/one?x=1", protocol);
    expect(protocols.isMultiplexed("https://a.test/other")).toBe(expected);
    browser.queue("https://b.test/", protocol);
    browser.tell();
    expect(protocols.isMultiplexed("https://b.test:443/")).toBe(expected);
    expect(protocols.isMultiplexed("https://a.test:8443/")).toBeUndefined();
  });

  it.each([
    ["was open", { fetchStart: 1.5, connectStart: 1.5, connectEnd: 1.5 }, true],
    ["was opened", { fetchStart: 1.5, connectStart: 1.6, connectEnd: 1.9 }, false],
    ["is not told by a coarse clock", { fetchStart: 1, connectStart: 1, connectEnd: 1 }, undefined],
  ])("a connection %s", (_, times, isReused) => {
    const { protocols, browser } = made();
    browser.queue("https://a.test/", "h2", times);
    expect(protocols.connectionTo("https://a.test/")).toEqual({
      protocol: "h2",
      ...(isReused !== undefined && { isReused }),
    });
    expect(protocols.connectionTo("https://a.test/other")).toBeUndefined();
  });

  it("the last request counts, and one without a protocol does not", () => {
    const { protocols, browser } = made();
    for (const protocol of ["http/1.1", "h2", ""]) browser.queue("https://a.test/", protocol);
    browser.queue("nonsense", "h2");
    expect(protocols.isMultiplexed("https://a.test/")).toBe(true);
    browser.queue("https://a.test/", "http/1.1");
    expect(protocols.isMultiplexed("https://a.test/")).toBe(false);
  });

  it("remembers at most 500 hosts, the most recent ones", () => {
    const { protocols, browser } = made();
    const known = () =>
      Array.from({ length: 2_000 }, (_, nth) => `https://${nth}.test/`).filter((url) =>
        protocols.isMultiplexed(url),
      );
    for (let nth = 0; nth < 2_000; nth += 1) {
      browser.queue(`https://${nth}.test/`, "h2");
      expect(protocols.isMultiplexed(`https://${nth}.test/`)).toBe(true);
    }
    expect(known().length).toBeLessThanOrEqual(500);
  });

  it("knows nothing if there is no observer", () => {
    vi.stubGlobal("PerformanceObserver", undefined);
    expect(new HostProtocols().isMultiplexed("https://a.test/")).toBeUndefined();
  });
});
