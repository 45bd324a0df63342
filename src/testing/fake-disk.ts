import {
  IDBCursor,
  IDBCursorWithValue,
  IDBDatabase,
  IDBFactory,
  IDBIndex,
  IDBKeyRange,
  IDBObjectStore,
  IDBOpenDBRequest,
  IDBRequest,
  IDBTransaction,
  IDBVersionChangeEvent,
} from "fake-indexeddb";
import type { Globals } from "./globals.ts";

const CLASSES = {
  IDBCursor,
  IDBCursorWithValue,
  IDBDatabase,
  IDBFactory,
  IDBIndex,
  IDBKeyRange,
  IDBObjectStore,
  IDBOpenDBRequest,
  IDBRequest,
  IDBTransaction,
  IDBVersionChangeEvent,
};

/**
 * Gives the global object an empty `indexedDB`. If the app has installed fake-indexeddb itself, it is one of that copy:
 * `idb` works with the classes of the copy that it saw first.
 */
export function installDisk(globals: Globals): void {
  const installed = globalThis.indexedDB?.constructor as (new () => IDBFactory) | undefined;
  const disk = new (installed ?? IDBFactory)();
  globals.define("indexedDB", () => disk);
  if (installed !== undefined) return;
  for (const [name, value] of Object.entries(CLASSES)) globals.define(name, () => value);
}
