import type { IDBPDatabase } from "idb";
import { QueueStore } from "workbox-background-sync/lib/QueueStore.js";

/** What workbox calls private; its version is pinned. */
interface PrivateParts {
  readonly _queueDb: Connector;
}

interface Connector {
  _db: IDBPDatabase | null;
  getDb(): Promise<IDBPDatabase>;
}

/**
 * Returns workbox's store for a queue. Workbox keeps its connection open for as long as the worker lives and ignores
 * `versionchange`, so an app that deletes its databases at logout would wait. This one closes its connection then, and
 * when the browser removes the data, and opens it again when it is next used.
 */
export function yieldingStore(queueName: string): QueueStore {
  const store = new QueueStore(queueName);
  const { _queueDb: queueDb } = store as unknown as PrivateParts;
  const { getDb } = queueDb;
  queueDb.getDb = async () => {
    const database = await getDb.call(queueDb);
    const disconnect = (): void => {
      database.close();
      if (queueDb._db === database) queueDb._db = null;
    };
    database.onversionchange = disconnect;
    database.onclose = disconnect;
    return database;
  };
  return store;
}
