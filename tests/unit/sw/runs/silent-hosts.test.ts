import { describe, expect, it } from "vitest";
import { SilentHosts } from "../../../../src/sw/runs/silent-hosts.ts";

const HOST = "a.test";
const NOW = 1_000_000;

/** A host whose tasks are tried one after the other, each as soon as it may be; without an answer. */
function silentFor(tries: number): { hosts: SilentHosts; waits: number[]; now: number } {
  const hosts = new SilentHosts();
  const waits: number[] = [];
  let now = NOW;
  for (let count = 0; count < tries; count += 1) {
    hosts.tried(HOST, now);
    hosts.failed(HOST, now, now, 1);
    const next = hosts.nextTries(now).get(HOST) ?? Number.NaN;
    waits.push(next - now);
    now = next;
  }
  return { hosts, waits, now };
}

describe("a host whose last request got no answer", () => {
  it("is tried again after 1 s, then twice as long each time, up to 20 s", () => {
    expect(silentFor(8).waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000, 20_000]);
  });

  it("waits by the jitter of the task that failed", () => {
    const hosts = new SilentHosts();
    hosts.failed(HOST, NOW, NOW, 0.25);
    expect(hosts.nextTries(NOW).get(HOST)).toBe(NOW + 250);
  });

  it("counts requests that were made at once as one try", () => {
    const hosts = new SilentHosts();
    for (const after of [5, 6, 7]) hosts.failed(HOST, NOW, NOW + after, 1);
    expect(hosts.nextTries(NOW + 7).get(HOST)).toBe(NOW + 5 + 1_000);
  });

  it("is tried by another task after 20 s if the try is still without an answer", () => {
    const { hosts, now } = silentFor(2);
    hosts.tried(HOST, now);
    expect(hosts.nextTries(now).get(HOST)).toBe(now + 20_000);
  });

  it("is as any other once it answers, or the network comes back", () => {
    const { hosts, now } = silentFor(3);
    expect([hosts.answered(HOST), hosts.answered(HOST)]).toEqual([true, false]);
    hosts.failed(HOST, now, now, 1);
    hosts.clear();
    expect([...hosts.nextTries(now)]).toEqual([]);
    hosts.tried(HOST, now);
    expect([...hosts.nextTries(now)]).toEqual([]);
  });

  it("is tried at once if the clock was set back since", () => {
    const { hosts } = silentFor(3);
    expect(hosts.nextTries(NOW - 60_000).get(HOST)).toBe(NOW - 60_000);
  });
});
