import { namesOf } from "../protocol/names.ts";
import type { LaunchRow, OutboxRow, SessionRow, TaskRow } from "../store/schema.ts";
import { soundSessions } from "../store/sessions.ts";
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

function openExisting(name: string): Promise<IDBDatabase | undefined> {
  const opening = indexedDB.open(name);
  return new Promise((resolve, reject) => {
    // It was deleted in between, and would be made again.
    opening.onupgradeneeded = () => {
      opening.transaction?.abort();
      resolve(undefined);
    };
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const { result } = opening;
      result.onversionchange = () => result.close();
      resolve(result);
    };
  });
}

async function read(database: IDBDatabase): Promise<Stores | undefined> {
  const { objectStoreNames: names, version } = database;
  if (!names.contains("tasks")) return undefined;
  const tx = database.transaction([...names]);
  const [
    sessions = [],
    tasks = [],
    outbox = [],
    launches = [],
    partKeys = [],
    bodyKeys = [],
    multiplexedHosts,
  ] = await Promise.all([
    answerTo<SessionRow[]>(tx.objectStore("sessions").getAll()),
    answerTo<TaskRow[]>(tx.objectStore("tasks").getAll()),
    answerTo<OutboxRow[]>(tx.objectStore("outbox").getAll()),
    // The first version had no launches and no facts.
    answerTo<LaunchRow[]>(names.contains("launches") ? tx.objectStore("launches").getAll() : undefined),
    answerTo<string[][]>(tx.objectStore("parts").getAllKeys()),
    answerTo<string[][]>(tx.objectStore("bodies").getAllKeys()),
    answerTo<unknown>(names.contains("facts") ? tx.objectStore("facts").get("multiplexed-hosts") : undefined),
  ]);
  const parts = new Map<string, number>();
  for (const [, fileId = ""] of partKeys) parts.set(fileId, (parts.get(fileId) ?? 0) + 1);
  return {
    version,
    sessions: soundSessions(sessions),
    tasks: tasks.map(soundRow),
    outbox,
    launches,
    parts,
    multiplexedHosts,
    bodies: new Set(bodyKeys.map(([, key = ""]) => key)),
  };
}

function answerTo<Value>(request: IDBRequest | undefined): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    if (request === undefined) return resolve(undefined);
    request.onsuccess = () => resolve(request.result as Value);
    request.onerror = () => reject(request.error);
  });
}
