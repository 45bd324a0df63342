import type { IDBPDatabase } from "idb";
import type { Schema } from "./schema.ts";

type Upgrade = (database: IDBPDatabase<Schema>) => void;

/** `UPGRADES[n]` takes version n to n + 1. Steps are appended and never edited: users have databases of each version. */
export const UPGRADES: readonly Upgrade[] = [
  (database) => {
    database.createObjectStore("entries", { keyPath: "id" });
    database.createObjectStore("files", { keyPath: "id" });
    database.createObjectStore("handled-events", { keyPath: "eventId" }).createIndex("by-time", "handledAt");
  },
  (database) => {
    database.createObjectStore("timeline", { autoIncrement: true });
  },
  (database) => {
    database.createObjectStore("ways", { keyPath: "id" });
  },
];
