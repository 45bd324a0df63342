import { createCollection, localOnlyCollectionOptions } from "@tanstack/db";
import { IndexedDBAdapter, startOfflineExecutor } from "@tanstack/offline-transactions";

interface Post {
  readonly id: string;
  readonly body: string;
}

/** Sends requests that @tanstack/offline-transactions has stored while offline. @returns milliseconds */
export async function drainTransactions(count: number, url: string, body: string): Promise<number> {
  let isOnline = false;
  const listeners = new Set<() => void>();
  const posts = createCollection(localOnlyCollectionOptions({ getKey: ({ id }: Post) => id }));
  const executor = startOfflineExecutor({
    collections: { posts },
    storage: new IndexedDBAdapter(`offline-${crypto.randomUUID()}`),
    mutationFns: {
      send: async () => void (await (await fetch(url, { method: "POST", body })).arrayBuffer()),
    },
    onlineDetector: {
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      notifyOnline: () => {},
      isOnline: () => isOnline,
      dispose: () => {},
    },
  });
  await executor.waitForInit();
  const sent = Array.from({ length: count }, async () => {
    const transaction = executor.createOfflineTransaction({ mutationFnName: "send", autoCommit: false });
    transaction.mutate(() => posts.insert({ id: crypto.randomUUID(), body }));
    await transaction.commit();
  });
  while ((await executor.peekOutbox()).length < count)
    await new Promise((resolve) => setTimeout(resolve, 200));
  const since = performance.now();
  isOnline = true;
  for (const listener of listeners) listener();
  await Promise.all(sent);
  const elapsedMs = performance.now() - since;
  executor.dispose();
  return elapsedMs;
}
