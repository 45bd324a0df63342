import type { TransportConditions } from "../../src/sw/decisions/choose-transport.ts";

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
