import { openDB } from "idb";
import { PLACED } from "../task-plan.ts";

interface BackgroundFetchManager {
  get(id: string): Promise<{ readonly downloaded: number } | undefined>;
  getIds(): Promise<string[]>;
}

/** Counts the rows in the library's stores and its locks, by name. */
export async function leftovers(): Promise<Record<string, number>> {
  const database = await openDB("background-session:/");
  const found: Record<string, number> = {};
  try {
    for (const store of ["tasks", "bodies", "parts", "outbox", "launches"]) {
      found[store] = await database.count(store);
    }
  } finally {
    database.close();
  }
  const { held = [], pending = [] } = await navigator.locks.query();
  found.locks = [...held, ...pending].filter(({ name }) => name?.includes("#owner:")).length;
  found.files = await filesIn(await navigator.storage.getDirectory());
  return found;
}

async function filesIn(directory: FileSystemDirectoryHandle): Promise<number> {
  let count = 0;
  for await (const entry of directory.values()) {
    // What was placed is the app's.
    if (entry.name === PLACED) continue;
    count += entry.kind === "file" ? 1 : await filesIn(entry as FileSystemDirectoryHandle);
  }
  return count;
}

/** The browser's own fetches, and the bytes they have, for the story of a run that gets stuck. */
export async function backgroundFetches(): Promise<string[]> {
  const registration = await navigator.serviceWorker.getRegistration();
  const { backgroundFetch } = registration as unknown as { backgroundFetch?: BackgroundFetchManager };
  const ids = (await backgroundFetch?.getIds()) ?? [];
  return Promise.all(ids.map(async (id) => `${(await backgroundFetch?.get(id))?.downloaded} bytes of ${id}`));
}

/** The tasks that are not finished, for the story of a run that gets stuck. */
export async function unfinishedRows(): Promise<unknown[]> {
  const database = await openDB("background-session:/");
  try {
    const tasks = await database.getAll("tasks");
    return tasks
      .filter((row) => row.live !== undefined)
      .map(({ request, ...row }) => ({ ...row, url: request.url }));
  } finally {
    database.close();
  }
}
