import type { IDBPCursorWithValue } from "idb";
import type { Database } from "./database.ts";
import { finishedAtOf, historyRange, isSettled } from "./history.ts";
import type { Schema, TaskRow } from "./schema.ts";
import { soundRow } from "./sound-row.ts";

type Cursor = IDBPCursorWithValue<Schema, "tasks"[], "tasks", "by-finished" | "by-history"> | null;

/**
 * Finds the newest download of a URL, or with it as a mirror, that has succeeded, and whose file is there or was placed.
 * @param url without its fragment
 */
export function findDownload(database: Database, session: string, url: string): Promise<TaskRow | undefined> {
  const isIt = (row: TaskRow): boolean => row.session === session && isDownloadOf(row, url);
  return database.read(["tasks"], async (tx) => {
    const tasks = tx.objectStore("tasks");
    const inHistory = historyRange(session, [Number.NEGATIVE_INFINITY], [Number.POSITIVE_INFINITY]);
    const found = await Promise.all([
      firstOf(tasks.index("by-finished").openCursor(undefined, "prev"), isIt),
      firstOf(tasks.index("by-history").openCursor(inHistory), isIt),
    ]);
    return found.filter((row) => row !== undefined).sort(newestFirst)[0];
  });
}

/** Reads one row at a time: some have a body. */
async function firstOf(
  opening: Promise<unknown>,
  isIt: (row: TaskRow) => boolean,
): Promise<TaskRow | undefined> {
  for (let cursor = (await opening) as Cursor; cursor !== null; cursor = await cursor.continue()) {
    const row = soundRow(cursor.value);
    if (isIt(row)) return row;
  }
  return undefined;
}

function isDownloadOf(row: TaskRow, url: string): boolean {
  const { kind, request, failure, response, mirrors } = row;
  const status = response?.status ?? 0;
  const urls = mirrors?.urls ?? [request.url];
  return (
    kind === "download" &&
    failure === undefined &&
    status >= 200 &&
    status <= 299 &&
    (row.isPlaced || !isSettled(row)) &&
    request.method === "GET" &&
    urls.some((one) => one.replace(/#.*/, "") === url)
  );
}

function newestFirst(one: TaskRow, other: TaskRow): number {
  return Number(finishedAtOf(other)) - Number(finishedAtOf(one));
}
