import type { IDBPDatabase } from "idb";
import type { Queue } from "workbox-background-sync/Queue.js";
import type { QueueStore } from "workbox-background-sync/QueueStore.js";

/** What workbox calls private; its version is pinned. */
interface PrivateParts {
  readonly _queueStore: { readonly _queueDb: Connector };
}

interface Connector {
  _db: IDBPDatabase | null;
  getDb(): Promise<IDBPDatabase>;
}

/**
 * Returns the store behind a queue. Workbox keeps its connection open for as long as the worker lives and ignores
 * `versionchange`, so an app that deletes its databases at logout would wait. This one closes its connection then, and
 * when the browser removes the data, and opens it again when it is next used.
 */
export function yieldingStoreOf(queue: Queue): QueueStore {
  const { _queueStore: store } = queue as unknown as PrivateParts;
  const { _queueDb: queueDb } = store;
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
  return store as unknown as QueueStore;
}
