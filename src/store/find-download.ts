import type { IDBPCursorWithValue } from "idb";
import type { Database, ReadTransaction } from "./database.ts";
import { finishedAtOf, historyRange, isSettled } from "./history.ts";
import type { Schema, TaskKey, TaskRow } from "./schema.ts";
import { soundRow } from "./sound-row.ts";

type Cursor = IDBPCursorWithValue<Schema, ["tasks"], "tasks", Scan["index"]>;

/** The rows of an index, in the order in which they are read: the newest first. */
interface Scan {
  readonly index: "by-finished" | "by-history";
  readonly direction: "next" | "prev";
  readonly range?: IDBKeyRange;
}

/** The row at which a slice ended. */
interface Place {
  readonly key: IDBValidKey;
  readonly primaryKey: TaskKey;
}

/** Rows per transaction, so that no write of the daemon waits long. */
const SLICE = 100;

/**
 * Finds the newest download of a URL, or with it as a mirror, that has succeeded, and whose file is there or was placed.
 * @param url without its fragment
 */
export async function findDownload(
  database: Database,
  session: string,
  url: string,
): Promise<TaskRow | undefined> {
  const isIt = (row: TaskRow): boolean => row.session === session && isDownloadOf(row, url);
  const finished = await firstOf(database, { index: "by-finished", direction: "prev" }, isIt);
  const end = finished ? -Number(finishedAtOf(finished)) || 0 : Number.POSITIVE_INFINITY;
  const range = historyRange(session, [Number.NEGATIVE_INFINITY], [end]);
  return (await firstOf(database, { index: "by-history", direction: "next", range }, isIt)) ?? finished;
}

async function firstOf(
  database: Database,
  scan: Scan,
  isIt: (row: TaskRow) => boolean,
): Promise<TaskRow | undefined> {
  let place: Place | undefined;
  do {
    const slice = await database.read(["tasks"], (tx) => readSlice(tx, scan, place, isIt));
    if (slice.found) return slice.found;
    place = slice.place;
  } while (place);
  return undefined;
}

/** Reads one row at a time: some have a body. The row at which the last slice ended is read again, if it is there. */
async function readSlice(
  tx: ReadTransaction,
  { index, direction, range }: Scan,
  place: Place | undefined,
  isIt: (row: TaskRow) => boolean,
): Promise<{ found?: TaskRow; place?: Place }> {
  const opening: Promise<unknown> = tx.objectStore("tasks").index(index).openCursor(range, direction);
  let cursor = (await opening) as Cursor | null;
  if (cursor && place && isBefore(cursor, place, direction))
    cursor = await cursor.continuePrimaryKey(place.key as Cursor["key"], place.primaryKey);
  for (let count = 1; cursor; count += 1, cursor = await cursor.continue()) {
    const row = soundRow(cursor.value);
    if (isIt(row)) return { found: row };
    if (count > SLICE) return { place: { key: cursor.key, primaryKey: cursor.primaryKey } };
  }
  return {};
}

function isBefore(cursor: Cursor, place: Place, direction: Scan["direction"]): boolean {
  const order = indexedDB.cmp([cursor.key, cursor.primaryKey], [place.key, place.primaryKey]);
  return direction === "prev" ? order > 0 : order < 0;
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
