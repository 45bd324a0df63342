import { expect, it } from "vitest";
import { Presence } from "../../../../src/sw/pages/presence.ts";
import type { DaemonHost } from "../../../../src/sw/ports/daemon-host.ts";
import { World } from "../../../../src/sw/runs/world.ts";

it("a host counts as multiplexed once its server has answered over HTTP/2, and the others do not", () => {
  const isMultiplexed = (url: string) => url.startsWith("https://two.test:8443/");
  const host = {
    now: () => 1_000,
    isOnline: () => true,
    isExpensive: () => undefined,
    isConstrained: () => undefined,
    isMultiplexed,
    fetches: { isSupported: false },
    origin: "https://app.test",
  } as unknown as DaemonHost;
  const world = new World(host, new Presence(host.now), false);
  const hosts = () => [...world.conditions().multiplexedHosts];
  expect(hosts()).toEqual([]);
  for (const url of ["https://one.test/file", "https://two.test:8443/file"]) world.answered(url);
  expect(hosts()).toEqual(["two.test:8443"]);
});
