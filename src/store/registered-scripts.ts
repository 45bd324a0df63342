import { isShortString } from "../protocol/checks.ts";
import type { Database } from "./database.ts";
import { changeFact, readFact } from "./facts.ts";

const FACT = "registered-scripts";
/** A worker may be several deploys old. */
const KEPT = 20;

/**
 * Reads the paths of the worker scripts that this library has registered in the scope: it may replace them. An app needs
 * that if its script is named after its content.
 */
export async function readScripts(database: Database): Promise<readonly string[]> {
  return scriptsOf(await readFact(database, FACT));
}

export async function noteScript(database: Database, path: string): Promise<void> {
  await changeFact(database, FACT, (kept) => {
    const scripts = scriptsOf(kept);
    return scripts.includes(path) ? kept : [...scripts, path].slice(-KEPT);
  });
}

function scriptsOf(kept: unknown): readonly string[] {
  return Array.isArray(kept) ? kept.filter(isShortString) : [];
}
