import { type DBSchema, type IDBPDatabase, openDB } from "idb";

/** The kinds of events; each task has each of them once, but any number of challenges. */
export type FactType = "didFinishDownloading" | "didComplete" | "handler" | "didReceiveChallenge";

/** The content of an event. */
export interface Seen {
  /** The hash of the delivered file, or of the file at the destination when the task completed. */
  readonly sha256?: string;
  readonly status?: number;
  readonly error?: string;
  readonly message?: string;
  /** The body of the answer to an upload. */
  readonly answer?: string;
}

/** The effect of an event on the app, on disk in one transaction with the event's id. */
export interface Fact extends Seen {
  readonly eventId: string;
  readonly uid: string;
  readonly type: FactType;
  readonly realm: string;
  readonly at: number;
  /** Place in the order of the effects. */
  readonly place: number;
}

/** The redelivery of an event that had already had its effect. */
export interface Redelivery {
  readonly eventId: string;
  readonly uid: string;
  readonly type: FactType;
  /** The event was no longer in the library's outbox when it came: that must never happen. */
  readonly wasAcknowledged: boolean;
  readonly realm: string;
  readonly at: number;
}

interface Schema extends DBSchema {
  facts: { key: string; value: Fact };
  redeliveries: { key: number; value: Redelivery };
  refusals: { key: string; value: number };
}

const realm = `${"document" in globalThis ? "page" : "worker"} ${crypto.randomUUID().slice(0, 8)}`;
let connection: Promise<IDBPDatabase<Schema>> | undefined;

function journal(): Promise<IDBPDatabase<Schema>> {
  connection ??= openDB<Schema>("chaos", 1, {
    upgrade(database) {
      database.createObjectStore("facts", { keyPath: "eventId" });
      database.createObjectStore("redeliveries", { autoIncrement: true });
      database.createObjectStore("refusals");
    },
  }).catch((error: unknown) => {
    connection = undefined;
    throw error;
  });
  return connection;
}

/**
 * Checks, before anything else happens to an event, whether it has already had its effect, and whether it is still in
 * the library's outbox: a realm that has lost it may still acknowledge it at any later time.
 */
export async function receive(eventId: string, uid: string, type: FactType): Promise<void> {
  const database = await journal();
  if ((await database.get("facts", eventId)) === undefined) return;
  const wasAcknowledged = !(await isOwed(eventId));
  await database.add("redeliveries", { eventId, uid, type, wasAcknowledged, realm, at: Date.now() });
}

/** Records the effect of an event, once however often it is delivered. */
export async function note(fact: Omit<Fact, "realm" | "at" | "place">): Promise<void> {
  const database = await journal();
  const { eventId } = fact;
  const tx = database.transaction("facts", "readwrite", { durability: "strict" });
  if ((await tx.store.get(eventId)) === undefined) {
    await tx.store.add({ ...fact, realm, at: Date.now(), place: await tx.store.count() });
  }
  await tx.done;
}

/** Counts how often the app has thrown at an event. @returns false once it has done so often enough */
export async function refuses(uid: string, type: FactType | "silence", times: number): Promise<boolean> {
  if (times === 0) return false;
  const tx = (await journal()).transaction("refusals", "readwrite");
  const key = `${uid} ${type}`;
  const count = (await tx.store.get(key)) ?? 0;
  if (count < times) await tx.store.put(count + 1, key);
  await tx.done;
  return count < times;
}

export async function readJournal(): Promise<{ facts: Fact[]; redeliveries: Redelivery[] }> {
  const database = await journal();
  const [facts, redeliveries] = await Promise.all([
    database.getAll("facts"),
    database.getAll("redeliveries"),
  ]);
  return { facts, redeliveries };
}

/** Whether the library still has the event on disk. */
async function isOwed(eventId: string): Promise<boolean> {
  const database = await openDB("background-session:/");
  try {
    const events = await database.getAll("outbox");
    return events.some((event) => event.eventId === eventId);
  } finally {
    database.close();
  }
}
