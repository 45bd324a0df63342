import { timers } from "./node-builtins.ts";

const QUIET_TURNS = 40;
/** A disk that is busy for longer is busy for a reason that the test has to end. */
const MOST_TURNS = 5_000;

/** Fulfils when everything has happened that waits for no timer: disk, locks and messages take turns of the event loop. */
export async function untilQuiet(isBusy: () => boolean): Promise<void> {
  let quiet = 0;
  for (let turns = 0; turns < MOST_TURNS && quiet < QUIET_TURNS; turns += 1) {
    await timers.setImmediate();
    quiet = isBusy() ? 0 : quiet + 1;
  }
}
