/** A daemon lives long, and may send requests to many hosts. */
const MAX_HOSTS = 500;

/**
 * Notes over which protocol each host was reached. It observes the browser's resource timings instead of reading their
 * buffer: that belongs to the app, and is full after 250.
 */
export class HostProtocols {
  readonly #isMultiplexed = new Map<string, boolean>();
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

  #note(entries: PerformanceEntryList): void {
    for (const { name, nextHopProtocol } of entries as PerformanceResourceTiming[]) {
      // Empty for another origin that does not allow it.
      if (!nextHopProtocol || !URL.canParse(name)) continue;
      // Hosts that are still in use are noted again.
      if (this.#isMultiplexed.size >= MAX_HOSTS) this.#isMultiplexed.clear();
      this.#isMultiplexed.set(new URL(name).host, nextHopProtocol === "h2" || nextHopProtocol === "h3");
    }
  }
}
