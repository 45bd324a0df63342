import type { Destination } from "../../src/protocol/destination.ts";
import type { TestPage } from "./test-browser.ts";

/** Makes a download with a destination in the page's session, and waits until it is on disk. */
export function startPlaced(
  page: TestPage,
  id: string,
  request: string | { url: string; integrity?: string },
  destination: Destination,
): Promise<void> {
  return page.evaluate(
    async ({ id, request, destination }) => {
      const session = app.BackgroundSession.current("test") ?? (await app.open());
      await session.downloadTask(request, { id, destination }).resume();
    },
    { id, request, destination },
  );
}

/** What is found at a place; undefined if there is nothing. */
export interface Found {
  readonly sizeBytes: number;
  readonly sha256: string;
  /** The headers of a response in a cache. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Looks at a destination from the page, as any script of the site can. */
export function foundAt(page: TestPage, place: Destination): Promise<Found | undefined> {
  return "opfs" in place
    ? page.evaluate(async (path) => {
        const names = path.split("/");
        const name = names.pop() ?? "";
        try {
          let directory = await navigator.storage.getDirectory();
          for (const parent of names) directory = await directory.getDirectoryHandle(parent);
          const file = await (await directory.getFileHandle(name)).getFile();
          return { sizeBytes: file.size, sha256: await app.sha256(file) };
        } catch (error) {
          if ((error as DOMException).name === "NotFoundError") return undefined;
          throw error;
        }
      }, place.opfs)
    : page.evaluate(async ({ cache, key = "" }) => {
        const response = await (await caches.open(cache)).match(key);
        if (response === undefined) return undefined;
        const body = await response.blob();
        const headers = Object.fromEntries(response.headers);
        return { sizeBytes: body.size, sha256: await app.sha256(body), headers };
      }, place);
}

/** Looks at a place again and again until the task has ended. @returns the sizes in the order in which they were seen */
export function sizesSeen(page: TestPage, id: string, place: Destination): Promise<number[]> {
  return page.evaluate(
    async ({ id, place }) => {
      async function sizeNow(): Promise<number> {
        if ("cache" in place) {
          const response = await (await caches.open(place.cache)).match(place.key ?? "");
          return (await response?.blob())?.size ?? 0;
        }
        const [parent = "", name = ""] = place.opfs.split("/");
        const root = await navigator.storage.getDirectory();
        try {
          const file = await (await root.getDirectoryHandle(parent)).getFileHandle(name);
          // An empty one is worse than none.
          return (await file.getFile()).size || -1;
        } catch {
          return 0;
        }
      }
      const seen: number[] = [];
      for (let isOver = false; !isOver; ) {
        isOver = (await app.entries()).some((entry) => entry.id === id && entry.type === "didComplete");
        const size = await sizeNow();
        if (seen.at(-1) !== size) seen.push(size);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      return seen;
    },
    { id, place },
  );
}

/** Waits until the body of a task is on disk as a whole and is being placed, or has been. */
export function received(page: TestPage, id: string): Promise<void> {
  // Asked in the page: a question from outside takes as long as the step itself.
  return page.evaluate(async (id) => {
    for (;;) {
      const row = (await app.rows("tasks")).find((task) => task.id === id);
      if (row?.isReceived || row?.state === "completed") return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }, id);
}

/** The names of everything in the origin private file system, as paths. */
export function filesOf(page: TestPage): Promise<string[]> {
  return page.evaluate(async () => {
    async function* paths(directory: FileSystemDirectoryHandle, prefix = ""): AsyncGenerator<string> {
      for await (const [name, handle] of directory.entries()) {
        if (handle.kind === "file") yield prefix + name;
        else yield* paths(handle as FileSystemDirectoryHandle, `${prefix}${name}/`);
      }
    }
    const found: string[] = [];
    for await (const path of paths(await navigator.storage.getDirectory())) found.push(path);
    return found;
  });
}
