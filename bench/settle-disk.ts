import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

/** Chromium deletes the files of Blobs that were dropped from IndexedDB a few seconds later. */
const CLEARING_MS = 4_000;

/** Flushes what one contestant has left to the browser and the system, so that the next does not pay for it. */
export async function settleDisk(): Promise<void> {
  await pause(CLEARING_MS);
  const sync = spawn("sync", { stdio: "ignore" });
  await Promise.race([once(sync, "close"), once(sync, "error")]);
}
