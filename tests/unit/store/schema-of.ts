import type { IDBPDatabase } from "idb";

/** Returns the stores and indexes of a database as plain data. */
export function schemaOf(database: IDBPDatabase): unknown {
  const names = [...database.objectStoreNames];
  const tx = database.transaction(names);
  return Object.fromEntries(
    names.map((name) => {
      const { keyPath, autoIncrement, indexNames, index } = tx.objectStore(name);
      const indexes = [...indexNames].map((indexName) => {
        const { keyPath, unique, multiEntry } = index.call(tx.objectStore(name), indexName);
        return [indexName, { keyPath, unique, multiEntry }] as const;
      });
      return [name, { keyPath, autoIncrement, indexes: Object.fromEntries(indexes) }] as const;
    }),
  );
}
