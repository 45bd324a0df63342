import type { AttemptMetrics } from "../../protocol/metrics.ts";

/** How a request was sent. */
type ConnectionFacts = Pick<AttemptMetrics, "protocol" | "isReused">;

/** A daemon lives long, and may send requests to many hosts. */
const MAX_HOSTS = 500;

/**
 * Notes over which protocol each host was reached. It observes the browser's resource timings instead of reading their
 * buffer: that belongs to the app, and is full after 250.
 */
export class HostProtocols {
  readonly #isMultiplexed = new Map<string, boolean>();
  readonly #connections = new Map<string, ConnectionFacts>();
  readonly #observer: PerformanceObserver | undefined;

  constructor() {
    if (typeof PerformanceObserver === "undefined") return;
    this.#observer = new PerformanceObserver((list) => this.#note(list.getEntries()));
    this.#observer.observe({ type: "resource" });
  }

  /** Whether the host of `url` takes many requests on one connection; undefined if the browser does not tell. */
  isMultiplexed(url: string): boolean | undefined {
    // The newest entries are not delivered yet.
    this.#note(this.#observer?.takeRecords() ?? []);
    return this.#isMultiplexed.get(new URL(url).host);
  }

  /** Returns how the last request for `url` was sent; undefined if the browser does not tell. */
  connectionTo(url: string): ConnectionFacts | undefined {
    this.#note(this.#observer?.takeRecords() ?? []);
    return this.#connections.get(url);
  }

  #note(entries: PerformanceEntryList): void {
    for (const entry of entries as PerformanceResourceTiming[]) {
      const { name, nextHopProtocol: protocol } = entry;
      // Empty for another origin that does not allow it.
      if (!protocol || !URL.canParse(name)) continue;
      // Those that are still in use are noted again.
      for (const map of [this.#isMultiplexed, this.#connections]) if (map.size >= MAX_HOSTS) map.clear();
      this.#connections.set(name, { protocol, ...reuseIn(entry) });
      this.#isMultiplexed.set(new URL(name).host, protocol === "h2" || protocol === "h3");
    }
  }
}

/** Firefox and WebKit round to milliseconds, and to open a connection may take less. */
function reuseIn({ fetchStart, connectStart, connectEnd }: PerformanceResourceTiming): ConnectionFacts {
  return Number.isInteger(fetchStart) ? {} : { isReused: connectStart === connectEnd };
}
