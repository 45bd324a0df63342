import type { Database } from "./database.ts";

const COLLECTED = new FinalizationRegistry<() => void>((release) => release());

/**
 * WebKit reads a Blob that was made of stored ones from these as long as a script has it, and so the copy that an app
 * keeps in a database of its own: deleted, they would take the copy along. No property tells an engine that does so.
 */
function readsFromSource(): boolean {
  const { userAgent = "" } = globalThis.navigator ?? {};
  return userAgent.includes("AppleWebKit") && !userAgent.includes("Chrom");
}

function prefixOf(database: Database): string {
  return `${database.name}#file:`;
}

/** Has the parts kept of which `file` was made, until no script has it any more. */
export function holdFile(database: Database, fileId: string, file: File): void {
  if (!readsFromSource()) return;
  const isCollected = () => new Promise<void>((resolve) => COLLECTED.register(file, resolve));
  navigator.locks.request(prefixOf(database) + fileId, { mode: "shared" }, isCollected).catch(() => {});
}

/** Returns the ids of the files that scripts have, in whatever realm. */
export async function heldFiles(database: Database): Promise<ReadonlySet<string>> {
  if (!readsFromSource()) return new Set();
  const prefix = prefixOf(database);
  const { held = [] } = await navigator.locks.query();
  const names = held.flatMap(({ name = "" }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  return new Set(names);
}
