import { createCollection, localOnlyCollectionOptions } from "@tanstack/db";
import { startOfflineExecutor } from "@tanstack/offline-transactions";

// What an app with TanStack's outbox has.

const todos = createCollection(localOnlyCollectionOptions({ getKey: ({ id }: { id: string }) => id }));

Object.assign(globalThis, { startOfflineExecutor, todos });
