import { type IDBPDatabase, openDB } from "idb";
import type { Schema } from "./schema.ts";
import { UPGRADES } from "./upgrades.ts";

/** Opens the app's own database, which the page and the worker share. */
export function openDatabase(name = "downloads-library"): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>(name, UPGRADES.length, {
    upgrade(database, oldVersion) {
      for (const upgrade of UPGRADES.slice(oldVersion)) upgrade(database);
    },
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
}
