import { type IDBPDatabase, openDB } from "idb";
import { namesOf } from "../protocol/names.ts";
import type { LaunchRow, OutboxRow, Schema, SessionRow, TaskRow } from "../store/schema.ts";
import { allSessions } from "../store/sessions.ts";
import { soundRow } from "../store/sound-row.ts";

/** What is stored for a scope, without bodies. */
export interface Stores {
  readonly version: number;
  readonly sessions: readonly SessionRow[];
  readonly tasks: readonly TaskRow[];
  readonly outbox: readonly OutboxRow[];
  readonly launches: readonly LaunchRow[];
  /** How many parts each file has, by `fileId`. */
  readonly parts: ReadonlyMap<string, number>;
  /** The hosts that were seen to speak HTTP/2: a list, unless it is damaged. */
  readonly multiplexedHosts: unknown;
  /** The keys of the tasks whose body is stored on its own. */
  readonly bodies: ReadonlySet<string>;
}

/**
 * Reads what is stored for a scope, in one transaction. Makes no database, upgrades none and writes nothing, and keeps no
 * connection that could hold up an upgrade. Undefined if there is no database.
 */
export async function readStores(scope: string): Promise<Stores | undefined> {
  const { database: name } = namesOf(scope);
  const all = await indexedDB.databases?.();
  if (all !== undefined && !all.some((one) => one.name === name)) return undefined;
  const database = await openExisting(name);
  if (database === undefined) return undefined;
  try {
    return await read(database);
  } finally {
    database.close();
  }
}

async function openExisting(name: string): Promise<IDBPDatabase<Schema> | undefined> {
  let isMissing = false;
  try {
    return await openDB<Schema>(name, undefined, {
      // It was deleted in between, and would be made again.
      upgrade(_database, _old, _new, tx) {
        isMissing = true;
        tx.done.catch(() => {});
        tx.abort();
      },
      blocking: (_old, _new, { target }) => (target as IDBDatabase).close(),
    });
  } catch (error) {
    if (isMissing) return undefined;
    throw error;
  }
}

async function read(database: IDBPDatabase<Schema>): Promise<Stores | undefined> {
  const { objectStoreNames: names, version } = database;
  if (!names.contains("tasks")) return undefined;
  const tx = database.transaction([...names], "readonly");
  const [sessions, tasks, outbox, launches, partKeys, bodyKeys, multiplexedHosts] = await Promise.all([
    allSessions(tx),
    tx.objectStore("tasks").getAll(),
    tx.objectStore("outbox").getAll(),
    // The first version had none.
    names.contains("launches") ? tx.objectStore("launches").getAll() : [],
    tx.objectStore("parts").getAllKeys(),
    tx.objectStore("bodies").getAllKeys(),
    names.contains("facts") ? tx.objectStore("facts").get("multiplexed-hosts") : undefined,
  ]);
  const parts = new Map<string, number>();
  for (const [, fileId] of partKeys) parts.set(fileId, (parts.get(fileId) ?? 0) + 1);
  return {
    version,
    sessions,
    tasks: tasks.map(soundRow),
    outbox,
    launches,
    parts,
    multiplexedHosts,
    bodies: new Set(bodyKeys.map(([, key]) => key)),
  };
}
