import type { DaemonHost } from "./daemon-host.ts";
import type { Presence } from "./presence.ts";
import type { Conditions } from "./scheduler.ts";

/** A page that says the network is back is believed for so long against the worker's own `onLine`, which lags. */
const TRUST_MS = 10_000;

/** Watches what the plan depends on besides the tasks: the network, the pages, the hosts. */
export class World {
  readonly #host: DaemonHost;
  readonly #presence: Presence;
  readonly #multiplexedHosts = new Set<string>();
  #onlineSince = 0;

  constructor(host: DaemonHost, presence: Presence) {
    this.#host = host;
    this.#presence = presence;
  }

  /** Somebody says that the network is back. */
  networkReturned(): void {
    this.#onlineSince = this.#host.now();
  }

  /** The server of `url` answered: notes whether it takes many requests on one connection. */
  answered(url: string): void {
    if (this.#host.isMultiplexed(url)) this.#multiplexedHosts.add(new URL(url).host);
  }

  conditions(): Conditions {
    const now = this.#host.now();
    // A return out of the future: the clock was set back since, and everything would be due until it caught up.
    if (this.#onlineSince > now) this.#onlineSince = 0;
    return {
      now,
      isOnline: this.#host.isOnline() || now - this.#onlineSince < TRUST_MS,
      isVisible: this.#presence.isVisible,
      isExpensive: this.#host.isExpensive(),
      isConstrained: this.#host.isConstrained(),
      onlineSince: this.#onlineSince,
      multiplexedHosts: this.#multiplexedHosts,
    };
  }
}
