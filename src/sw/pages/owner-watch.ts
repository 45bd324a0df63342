import type { DaemonHost } from "../ports/daemon-host.ts";
import type { Presence } from "./presence.ts";

/** A page that lives answers at once; one that is just being opened takes the session within this time. */
const ANSWER_MS = 5_000;
const LOOK_AGAIN_MS = 100;

/** Finds out whether anybody is there to get the events of a session. */
export class OwnerWatch {
  readonly #host: DaemonHost;
  readonly #presence: Presence;
  /** The sessions that are open in the realm of the daemon itself. */
  readonly owned: Set<string> = new Set();

  constructor(host: DaemonHost, presence: Presence) {
    this.#host = host;
    this.#presence = presence;
  }

  /**
   * Says whether a session has a live owner: its lock is held, and by a realm that answers. A lock alone says little,
   * since a frozen page keeps it. Where pages are open and none of them has the session, it waits whether one takes it.
   */
  async isOwned(session: string): Promise<boolean> {
    if (this.owned.has(session)) return true;
    const asked = this.#host.now();
    const pages = await this.#host.askForPresence(this.#presence.isPage);
    // Not by the clock, which may be set back meanwhile.
    for (let waitedMs = 0; waitedMs <= ANSWER_MS; waitedMs += LOOK_AGAIN_MS) {
      const isLocked = await this.#host.isOwnerLocked(session);
      if (isLocked && this.#presence.hasOwnerSince(session, asked)) return true;
      if (!isLocked && pages === 0) return false;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
    return this.owned.has(session);
  }
}
