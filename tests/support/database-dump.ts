import type { TestPage } from "./test-browser.ts";

/** Every row of the daemon's database as text, store by store, bytes by their size. */
export function dumpDatabase(page: TestPage): Promise<Record<string, string>> {
  return page.evaluate(async () => {
    const done = <Value>(request: IDBRequest<Value>) =>
      new Promise<Value>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await done(indexedDB.open("background-session:/"));
    const dump: Record<string, string> = {};
    for (const name of database.objectStoreNames) {
      const rows = await done(database.transaction(name).objectStore(name).getAll());
      dump[name] = JSON.stringify(rows, (_, value) => (value instanceof Blob ? value.size : value));
    }
    database.close();
    return dump;
  });
}
