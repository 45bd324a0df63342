import { pause } from "../../async/pause.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import type { Presence } from "./presence.ts";

/** A live page answers at once; a page that is just being opened takes over the session within this time. */
const ANSWER_MS = 5_000;
const RECHECK_MS = 100;

/** Finds out whether a session has a live owner, to whom its events can be delivered. */
export class OwnerWatch {
  readonly #host: DaemonHost;
  readonly #presence: Presence;
  /** The sessions that are open in the daemon's own realm. */
  readonly owned: Set<string> = new Set();

  constructor(host: DaemonHost, presence: Presence) {
    this.#host = host;
    this.#presence = presence;
  }

  /**
   * Returns whether a realm that answers holds the lock of the session's owner. The lock alone proves little, since a
   * frozen page keeps it. If pages are open and none owns the session, waits a while for one to take it over.
   */
  async isOwned(session: string): Promise<boolean> {
    if (this.owned.has(session)) return true;
    const asked = this.#host.now();
    const pages = await this.#host.askForPresence(this.#presence.isPage);
    // Does not measure by the clock, which may be set back meanwhile.
    for (let waitedMs = 0; waitedMs <= ANSWER_MS; waitedMs += RECHECK_MS) {
      const isLocked = await this.#host.isOwnerLocked(session);
      if (isLocked && this.#presence.hasOwnerSince(session, asked)) return true;
      if (!isLocked && pages === 0) return false;
      await pause(RECHECK_MS);
    }
    return this.owned.has(session);
  }
}
