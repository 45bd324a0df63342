/** A sample file as the demo app lists it. */
export interface CatalogueEntry {
  readonly name: string;
  readonly description: string;
  /** Relative to the app's origin, except for the file on the other origin. */
  readonly url: string;
  /** Absent if there is no file. */
  readonly sizeBytes?: number;
}

const MB = 1_000_000;

/** The entries of `/catalogue.json`: plain files first, then a file for each kind of difficult server. */
export function catalogue(crossOrigin: string): readonly CatalogueEntry[] {
  return [
    { name: "1 MB", description: "Done at once.", url: "/files/1MB.bin", sizeBytes: MB },
    { name: "10 MB", description: "A photo album.", url: "/files/10MB.bin", sizeBytes: 10 * MB },
    { name: "100 MB", description: "A podcast season.", url: "/files/100MB.bin", sizeBytes: 100 * MB },
    { name: "1 GB", description: "A film.", url: "/files/1GB.bin", sizeBytes: 1000 * MB },
    {
      name: "Slow",
      description: "10 MB at 500 KB/s: time to close the page.",
      url: "/files/10MB.bin?throttle=500KB",
      sizeBytes: 10 * MB,
    },
    {
      name: "Flaky",
      description: "50 MB over a connection that breaks every 8 MB.",
      url: "/files/50MB.bin?cut=8MB",
      sizeBytes: 50 * MB,
    },
    {
      name: "Changes while it downloads",
      description: "20 MB; the connection breaks once, and the file has changed by then.",
      url: "/files/20MB.bin?throttle=2MB&cut=8MB&cutTimes=1&change=after:1",
      sizeBytes: 20 * MB,
    },
    {
      name: "No ranges",
      description: "20 MB from a server that cannot resume.",
      url: "/files/20MB.bin?throttle=5MB&ranges=none",
      sizeBytes: 20 * MB,
    },
    {
      name: "Busy",
      description: "5 MB; the first two answers are 503 with Retry-After.",
      url: "/files/5MB.bin?status=503&times=2&retryAfter=3",
      sizeBytes: 5 * MB,
    },
    { name: "Not found", description: "404 is an answer, not an error.", url: "/status/404" },
    {
      name: "Another origin",
      description: "10 MB from a server that exposes neither ETag nor Content-Range.",
      url: `${crossOrigin}/files/10MB.bin?throttle=2MB`,
      sizeBytes: 10 * MB,
    },
    {
      name: "Compressed text",
      description: "20 MB of text, sent with gzip.",
      url: "/files/text-20MB.txt?gzip=auto",
      sizeBytes: 20 * MB,
    },
  ];
}
