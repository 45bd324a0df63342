import { type IDBPDatabase, openDB } from "idb";

const STORE = "requests";
const INDEX = "queueName";

/**
 * Stores one marker while there is work, in the database of workbox's queues and in its format. The database is closed at
 * once, so that an app can delete it.
 */
export async function setWakeMarker(queueName: string, url: string, isSet: boolean): Promise<void> {
  const database = await openDB("workbox-background-sync", 3, { upgrade });
  try {
    const keys = await database.getAllKeysFromIndex(STORE, INDEX, queueName);
    const marker = { queueName, requestData: { url, headers: {} }, timestamp: Date.now() };
    if (isSet && keys.length === 0) await database.add(STORE, marker);
    if (!isSet) for (const key of keys) await database.delete(STORE, key);
  } finally {
    database.close();
  }
}

/** As workbox does it. */
function upgrade(database: IDBPDatabase): void {
  if (database.objectStoreNames.contains(STORE)) database.deleteObjectStore(STORE);
  database.createObjectStore(STORE, { autoIncrement: true, keyPath: "id" }).createIndex(INDEX, INDEX);
}
