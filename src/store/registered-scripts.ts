import { isShortString } from "../protocol/checks.ts";
import type { Database, ReadTransaction, WriteTransaction } from "./database.ts";

const FACT = "registered-scripts";
/** A worker may be several deploys old. */
const KEPT = 20;

/**
 * Reads the paths of the worker scripts that this library has registered in the scope: it may replace them. Apps whose
 * script is named after its content deploy that way.
 */
export function readScripts(database: Database): Promise<readonly string[]> {
  return database.read(["facts"], scriptsIn);
}

export function noteScript(database: Database, path: string): Promise<void> {
  return database.write(["facts"], "relaxed", async (tx) => {
    const scripts = await scriptsIn(tx);
    if (scripts.includes(path)) return;
    await tx.objectStore("facts").put([...scripts, path].slice(-KEPT), FACT);
  });
}

async function scriptsIn(tx: ReadTransaction | WriteTransaction): Promise<readonly string[]> {
  const kept = await tx.objectStore("facts").get(FACT);
  return Array.isArray(kept) ? kept.filter(isShortString) : [];
}
