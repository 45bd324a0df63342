import type { TransportConditions } from "../../src/sw/decisions/choose-transport.ts";
import type { Conditions } from "../../src/sw/decisions/situation.ts";

/** A browser without Background Fetch, and a visible page. */
export const WORKER_ONLY: TransportConditions = {
  isSupported: false,
  isAllowed: true,
  isRefused: false,
  isFull: false,
  hasWillSend: false,
  origin: "https://app.test",
  pages: "visible",
  hiddenMs: 0,
};

/** Online, nothing unusual, and no visible page. */
export function quietAt(now: number): Conditions {
  return {
    now,
    isOnline: true,
    isVisible: false,
    isExpensive: undefined,
    isConstrained: undefined,
    isOnBattery: false,
    onlineSince: 0,
    multiplexedHosts: new Map(),
    silentHosts: new Map(),
    transport: WORKER_ONLY,
  };
}
