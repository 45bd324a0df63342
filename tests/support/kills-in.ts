import type { EngineName } from "./test-browser.ts";

/** Returns how often an upload is interrupted: other engines start again for many seconds. */
export function killsIn(engine: EngineName): number {
  return engine === "chromium" ? 20 : 6;
}
