import type { IDBPDatabase, IDBPTransaction, StoreNames } from "idb";
import type { Schema } from "./schema.ts";

type UpgradeStep = (
  database: IDBPDatabase<Schema>,
  tx: IDBPTransaction<Schema, StoreNames<Schema>[], "versionchange">,
) => void;

/**
 * `UPGRADES[n]` upgrades version n to n + 1. Steps are appended and never edited; within a major version of the package a
 * step only adds, so that an older page can use a newer database (V3).
 */
export const UPGRADES: readonly UpgradeStep[] = [
  (database) => {
    database.createObjectStore("sessions", { keyPath: "identifier" });
    const tasks = database.createObjectStore("tasks", { keyPath: ["session", "key"] });
    tasks.createIndex("by-live", "live");
    tasks.createIndex("by-name", "named");
    tasks.createIndex("by-file", "file.fileId");
    tasks.createIndex("by-finished", "finishedAt");
    tasks.createIndex("by-settled", "settledAt");
    database.createObjectStore("bodies", { keyPath: ["session", "key"] });
    database.createObjectStore("parts", { keyPath: ["session", "fileId", "offset"] });
    const outbox = database.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true });
    outbox.createIndex("by-session", ["session", "seq"]);
    outbox.createIndex("by-task", ["session", "taskKey"]);
    database.createObjectStore("facts");
  },
  (database, tx) => {
    database.createObjectStore("launches", { keyPath: "session" });
    tx.objectStore("tasks").createIndex("by-notification-due", "notificationDue");
  },
  (_, tx) => {
    const tasks = tx.objectStore("tasks");
    tasks.createIndex("by-queue", "queued");
    tasks.createIndex("by-dependency", "dependsOn", { multiEntry: true });
    tasks.createIndex("by-hold", "holds");
  },
  (_, tx) => {
    tx.objectStore("tasks").createIndex("by-history", "past", { multiEntry: true });
  },
];
