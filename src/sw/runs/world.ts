import type { TransportConditions } from "../decisions/choose-transport.ts";
import type { Conditions } from "../decisions/situation.ts";
import type { Presence } from "../pages/presence.ts";
import type { DaemonHost } from "../ports/daemon-host.ts";
import { MultiplexedHosts } from "./multiplexed-hosts.ts";
import { SilentHosts } from "./silent-hosts.ts";

/** How long a page's word that the network is back counts more than the worker's own `onLine`, which lags. */
const TRUST_MS = 10_000;
/** After this time another page may start a background fetch, or the same one because the user has interacted with it. */
const REFUSED_MS = 60_000;
/** Registrations of other scopes count too, and no event tells when they end. */
const FULL_MS = 30_000;

/** Watches what the plan depends on besides the tasks: the network, the pages, the hosts. */
export class World {
  readonly #host: DaemonHost;
  readonly #presence: Presence;
  readonly #hasWillSend: boolean;
  readonly multiplexedHosts: MultiplexedHosts;
  readonly silentHosts: SilentHosts = new SilentHosts();
  #onlineSince = 0;
  #isFetchAllowed = true;
  #refusedAt = Number.NEGATIVE_INFINITY;
  #fullAt = Number.NEGATIVE_INFINITY;

  constructor(host: DaemonHost, presence: Presence, hasWillSend: boolean) {
    this.#host = host;
    this.#presence = presence;
    this.#hasWillSend = hasWillSend;
    this.multiplexedHosts = new MultiplexedHosts(host);
  }

  /** Asks whether the browser lets a page start a background fetch. */
  async askPermission(): Promise<void> {
    this.#isFetchAllowed = await this.#host.isFetchAllowed();
  }

  /** A page could not start a background fetch. */
  fetchRefused(error: string): void {
    if (/too many/i.test(error)) this.#fullAt = this.#host.now();
    else this.#refusedAt = this.#host.now();
  }

  /** A background fetch has ended, so another may start. */
  fetchEnded(): void {
    this.#fullAt = Number.NEGATIVE_INFINITY;
  }

  /** A page or the browser reports that the network is back. */
  networkReturned(): void {
    this.#onlineSince = this.#host.now();
    this.silentHosts.clear();
  }

  /** What the choice of a transport depends on. */
  get transport(): TransportConditions {
    const now = this.#host.now();
    const { isAnyone, isVisible, visibleAt } = this.#presence;
    return {
      isSupported: this.#host.fetches.isSupported,
      isAllowed: this.#isFetchAllowed,
      isRefused: now - this.#refusedAt < REFUSED_MS,
      isFull: now - this.#fullAt < FULL_MS,
      hasWillSend: this.#hasWillSend,
      origin: this.#host.origin,
      pages: isVisible ? "visible" : isAnyone ? "hidden" : "none",
      hiddenMs: now - visibleAt,
    };
  }

  conditions(): Conditions {
    const now = this.#host.now();
    // A return in the future: the clock was set back since, and everything would be due until it caught up.
    if (this.#onlineSince > now) this.#onlineSince = 0;
    return {
      now,
      isOnline: this.#host.isOnline() || now - this.#onlineSince < TRUST_MS,
      isVisible: this.#presence.isVisible,
      isExpensive: this.#host.isExpensive(),
      isConstrained: this.#host.isConstrained(),
      isOnBattery: this.#presence.isOnBattery,
      onlineSince: this.#onlineSince,
      multiplexedHosts: this.multiplexedHosts.widths,
      silentHosts: this.silentHosts.nextTries(now),
      transport: this.transport,
    };
  }
}
