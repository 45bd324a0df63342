/** A daemon lives long, and may ask many hosts. */
const MAX_HOSTS = 500;

/**
 * Notes over which protocol each host was reached. It listens to the browser's timings instead of looking them up: their
 * buffer is the app's, which may read it, and is full after 250.
 */
export class HostProtocols {
  readonly #isMultiplexed = new Map<string, boolean>();
  readonly #observer: PerformanceObserver | undefined;

  constructor() {
    if (typeof PerformanceObserver === "undefined") return;
    this.#observer = new PerformanceObserver((list) => this.#note(list.getEntries()));
    this.#observer.observe({ type: "resource" });
  }

  /** Whether the host of `url` takes many requests on one connection; undefined where the browser does not say. */
  isMultiplexed(url: string): boolean | undefined {
    // What has just come is told a moment later.
    this.#note(this.#observer?.takeRecords() ?? []);
    return this.#isMultiplexed.get(new URL(url).host);
  }

  #note(entries: PerformanceEntryList): void {
    for (const { name, nextHopProtocol } of entries as PerformanceResourceTiming[]) {
      // The browser tells nothing of another origin that does not allow it.
      if (!nextHopProtocol || !URL.canParse(name)) continue;
      // Those that are asked again are heard of again.
      if (this.#isMultiplexed.size >= MAX_HOSTS) this.#isMultiplexed.clear();
      this.#isMultiplexed.set(new URL(name).host, nextHopProtocol === "h2" || nextHopProtocol === "h3");
    }
  }
}
