import type { EngineName } from "./test-browser.ts";

interface Row {
  /**
   * Runs in a page of the test app and says if the browser has it. Without `isThere` it is the driver that lacks it.
   */
  readonly isThere?: () => boolean | Promise<boolean>;
  readonly lacking: readonly EngineName[];
  readonly why: string;
}

/**
 * Features that tests need and that not every engine has. If a test is left out because the browser lacks one, a real
 * page confirms that; if only the driver lacks it, `why` says so.
 */
export const ABSENCES = {
  "background-sync": {
    isThere: () => "SyncManager" in globalThis,
    lacking: ["firefox", "webkit"],
    why: "no Background Sync: nothing wakes a worker whose pages have gone",
  },
  "periodic-sync": {
    isThere: () => "PeriodicSyncManager" in globalThis,
    lacking: ["firefox", "webkit"],
    why: "no Periodic Background Sync",
  },
  "background-fetch": {
    isThere: () => "BackgroundFetchManager" in globalThis,
    lacking: ["firefox", "webkit"],
    why: "no Background Fetch: the browser fetches nothing by itself",
  },
  "handles-in-database": {
    isThere: async () => {
      const directory = await navigator.storage.getDirectory();
      const opening = indexedDB.open("handles-in-database");
      opening.onupgradeneeded = () => opening.result.createObjectStore("store");
      await new Promise((resolve) => opening.addEventListener("success", resolve));
      const store = opening.result.transaction("store", "readwrite").objectStore("store");
      try {
        store.put(directory, "key");
        return true;
      } catch {
        return false;
      } finally {
        opening.result.close();
        indexedDB.deleteDatabase("handles-in-database");
      }
    },
    lacking: ["webkit"],
    why: "a file handle cannot be stored in IndexedDB",
  },
  "get-all-records": {
    isThere: () => "getAllRecords" in IDBObjectStore.prototype,
    lacking: ["webkit"],
    why: "IndexedDB has no getAllRecords",
  },
  "iterable-streams": {
    isThere: () => Symbol.asyncIterator in ReadableStream.prototype,
    lacking: ["webkit"],
    why: "a stream cannot be iterated over",
  },
  "transferable-streams": {
    isThere: () => {
      const stream = new ReadableStream();
      try {
        structuredClone(stream, { transfer: [stream] });
        return true;
      } catch {
        return false;
      }
    },
    lacking: ["webkit"],
    why: "a stream cannot be transferred to another realm",
  },
  "request-streams": {
    isThere: () => {
      let isAsked = false;
      const { headers } = new Request("/", {
        method: "POST",
        body: new ReadableStream(),
        get duplex() {
          isAsked = true;
          return "half";
        },
      } as RequestInit);
      return isAsked && !headers.has("content-type");
    },
    lacking: ["firefox", "webkit"],
    why: "a request cannot have a stream as its body",
  },
  "forms-in-requests": {
    isThere: async () => {
      const form = new FormData();
      form.set("file", new File(["x"], "x.txt"));
      const read = await new Request("/", { method: "POST", body: form }).formData().catch(() => undefined);
      return read?.get("file") instanceof File;
    },
    lacking: ["webkit"],
    why: "a form with a file cannot be read out of a request",
  },
  "network-information": {
    isThere: () => "connection" in navigator,
    lacking: ["firefox", "webkit"],
    why: "navigator.connection is not there",
  },
  "breaks-of-coded-bodies": {
    isThere: async () => {
      const answer = await fetch("/files/text-4MB.txt?gzip=force&gzipLength=1&throttle=400KB&cut=100KB");
      return answer.blob().then(
        () => false,
        () => true,
      );
    },
    lacking: ["firefox", "webkit"],
    why: "a compressed body whose connection is lost ends as if it were whole, despite its Content-Length",
  },
  "breaks-of-chunked-bodies": {
    isThere: async () => {
      const answer = await fetch("/files/text-4MB.txt?length=none&throttle=4MB&cut=100KB");
      return answer.blob().then(
        () => false,
        () => true,
      );
    },
    lacking: ["webkit"],
    why: "a chunked body whose connection is lost ends as if it were whole (WebKitGTK; Safari sees it)",
  },
  "back-pressure": {
    isThere: async () => {
      const { href } = new URL("/files/10MB.bin?key=unread", location.href);
      const isFetched = new Promise<boolean>((resolve) => {
        const observer = new PerformanceObserver((list) => {
          if (list.getEntriesByName(href).length > 0) resolve(true);
        });
        observer.observe({ type: "resource" });
      });
      const answer = await fetch(href);
      const isLeft = await Promise.race([
        isFetched.then(() => false),
        new Promise<boolean>((resolve) => setTimeout(resolve, 5_000, true)),
      ]);
      await answer.body?.cancel();
      return isLeft;
    },
    lacking: ["firefox", "webkit"],
    why: "a body is fetched as fast as it comes, and held in memory until it is read",
  },
  "streamed-compositions": {
    lacking: ["firefox"],
    why: "a Blob that is made of several is held in memory as a whole while it is sent",
  },
  "changed-files": {
    lacking: ["firefox", "webkit"],
    why: "a file that changed after it was chosen is read as it is now",
  },
  "offline-worker": {
    lacking: ["firefox", "webkit"],
    why: "the driver can take only pages offline, not workers",
  },
  "counted-blobs": {
    lacking: ["webkit"],
    why: "WebKitGTK does not count the Blobs in a database: they exceed no quota",
  },
  "blobs-on-disk": {
    lacking: ["webkit"],
    why: "the source of a stored Blob stays in memory until its handle is collected: 2.5 GB for 1 GiB",
  },
  "sparse-files": {
    lacking: ["webkit"],
    why: "WebKitGTK does not come back from truncating a file in the origin private file system to 5 GiB",
  },
  permissions: {
    lacking: ["firefox", "webkit"],
    why: "the driver cannot grant or deny permissions",
  },
  "certificates-of-tests": {
    lacking: ["webkit"],
    why: "the driver trusts no certificate of ours",
  },
  "playwright-page": {
    lacking: ["webkit"],
    why: "the driver's pages tell of no new pages and no file choosers, and have no screenshots",
  },
  "stops-of-busy-workers": {
    lacking: ["webkit"],
    why: "the driver ends processes that show no page, and a worker may run in the process of its page",
  },
  "double-clicks": {
    lacking: ["firefox", "webkit"],
    why: "for the driver of Firefox each click is the first one, and that of WebKit has no mouse",
  },
  "emulated-media": {
    lacking: ["firefox", "webkit"],
    why: "the driver does not emulate what a user wishes of colours and motion",
  },
  "download-events": {
    lacking: ["firefox", "webkit"],
    why: "the driver of Firefox does not tell of a download from a blob before the first one from a server",
  },
  "chromium-debugger": {
    lacking: ["firefox", "webkit"],
    why: "only Chromium's debugger drops files, emulates a touch screen, and collects garbage",
  },
  "page-cache": {
    lacking: ["firefox"],
    why: "a page that holds a Web Lock, or waits for one, does not enter the back/forward cache: it is reloaded",
  },
  "page-freezing": {
    lacking: ["firefox", "webkit"],
    why: "the driver cannot freeze a page",
  },
  "crash-of-one-page": {
    lacking: ["firefox"],
    why: "all pages of a site and their worker share one process, so no page can crash alone",
  },
} as const satisfies Record<string, Row>;

export type Need = keyof typeof ABSENCES;

export function rowOf(need: Need): Row {
  return ABSENCES[need];
}

/** For a test that expects something else of such an engine, rather than skipping it. */
export function lacks(engine: EngineName, need: Need): boolean {
  return rowOf(need).lacking.includes(engine);
}

/** The details of a test that needs features that not every engine has. */
export function needs(...all: Need[]) {
  return { annotation: all.map((need) => ({ type: "needs", description: need })) };
}
