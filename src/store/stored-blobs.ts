import { isWebKit } from "../protocol/is-webkit.ts";
import { fileLockOf } from "../protocol/names.ts";
import { isReadable } from "./bodies.ts";
import type { Database } from "./database.ts";
import type { BodyContent, FormPart } from "./schema.ts";

const COLLECTED = new FinalizationRegistry<() => void>((release) => release());

/**
 * Whether a stored Blob depends on its source. As long as any script holds a Blob that was stored, WebKit reads its bytes
 * from what it was made of (a file that the user chose, other stored Blobs); if that is deleted, the stored copy is lost
 * too. No feature test detects this.
 */
export function readsFromSource(): boolean {
  return isWebKit();
}

/** Protects the parts of `file` from deletion while any script holds it: the app may have stored the file in turn. */
export function holdFile(database: Database, fileId: string, file: File): void {
  if (!readsFromSource()) return;
  const isCollected = () => new Promise<void>((resolve) => COLLECTED.register(file, resolve));
  navigator.locks.request(fileLockOf(database.name, fileId), { mode: "shared" }, isCollected).catch(() => {});
}

/** Returns the ids of the files that scripts hold in any realm. */
export async function heldFiles(database: Database): Promise<ReadonlySet<string>> {
  if (!readsFromSource()) return new Set();
  const prefix = fileLockOf(database.name);
  const { held = [] } = await navigator.locks.query();
  const names = held.flatMap(({ name = "" }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  return new Set(names);
}

/**
 * Whether a stored body can no longer be read. In WebKit a failed read proves nothing: the body may be on disk, and
 * readable when the page that gave it has gone; a worker that is being ended cannot read it either.
 */
export async function isLost(body: BodyContent | undefined): Promise<boolean> {
  return body !== undefined && !readsFromSource() && !(await isReadable(body));
}

/** Returns a copy of a body in memory, which depends on nothing else. */
export function copyOfBody(content: BodyContent): Promise<BodyContent> {
  return content instanceof Blob ? copyOfBlob(content) : Promise.all(content.map(copyOfPart));
}

async function copyOfPart(part: FormPart): Promise<FormPart> {
  const [name, value, ...fileName] = part;
  return value instanceof Blob ? [name, (await copyOfBlob(value)) as File, ...fileName] : part;
}

async function copyOfBlob(blob: Blob): Promise<Blob> {
  const bytes = [await blob.arrayBuffer()];
  return blob instanceof File ? new File(bytes, blob.name, blob) : new Blob(bytes, blob);
}
