import { isWebKit } from "../protocol/is-webkit.ts";
import { fileLockOf } from "../protocol/names.ts";
import { isReadable } from "./bodies.ts";
import type { Database } from "./database.ts";
import type { BodyContent, FormPart } from "./schema.ts";

const COLLECTED = new FinalizationRegistry<() => void>((release) => release());

/**
 * WebKit goes on reading a Blob that it has stored from what that was made of (a file that a user chose, other stored
 * Blobs) as long as any script has it: deleted, this takes the stored copy along. No property tells an engine that does so.
 */
export function readsFromSource(): boolean {
  return isWebKit();
}

/** Has the parts kept of which `file` was made, until no script has it any more: the app may have stored it in turn. */
export function holdFile(database: Database, fileId: string, file: File): void {
  if (!readsFromSource()) return;
  const isCollected = () => new Promise<void>((resolve) => COLLECTED.register(file, resolve));
  navigator.locks.request(fileLockOf(database.name, fileId), { mode: "shared" }, isCollected).catch(() => {});
}

/** Returns the ids of the files that scripts have, in whatever realm. */
export async function heldFiles(database: Database): Promise<ReadonlySet<string>> {
  if (!readsFromSource()) return new Set();
  const prefix = fileLockOf(database.name);
  const { held = [] } = await navigator.locks.query();
  const names = held.flatMap(({ name = "" }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  return new Set(names);
}

/**
 * Whether a stored body that is to be sent can be read no more. Of WebKit nobody can tell: it may be on disk all the same,
 * and be read again when the page that gave it has gone; nor can a worker read that is just being ended.
 */
export async function isLost(body: BodyContent | undefined): Promise<boolean> {
  return body !== undefined && !readsFromSource() && !(await isReadable(body));
}

/** Returns a body with the same bytes in memory, so that it reads from nothing else. */
export async function copyOfBody(content: BodyContent): Promise<BodyContent> {
  if (content instanceof Blob) return new Blob([await content.arrayBuffer()], { type: content.type });
  return Promise.all(content.map(copyOfPart));
}

async function copyOfPart(part: FormPart): Promise<FormPart> {
  const [name, value, ...fileName] = part;
  if (!(value instanceof Blob)) return part;
  const { type, lastModified } = value;
  return [name, new File([await value.arrayBuffer()], value.name, { type, lastModified }), ...fileName];
}
