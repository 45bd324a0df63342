import { spawn } from "node:child_process";
import { once } from "node:events";

/** Brings to disk what the one before has left to the system, so that the next does not pay for it. */
export async function flushDisk(): Promise<void> {
  const sync = spawn("sync", { stdio: "ignore" });
  await Promise.race([once(sync, "close"), once(sync, "error")]);
}
