import type { Globals } from "./globals.ts";
import { buffer } from "./node-builtins.ts";

/** Node's own classes of what a request can send. */
const OF_NODE: Record<string, unknown> = {
  Blob: buffer.Blob,
  File: buffer.File,
  Uint8Array: Object.getPrototypeOf(buffer.Buffer),
  ArrayBuffer: buffer.Buffer.alloc(0).buffer.constructor,
  FormData: await new Response("", { headers: { "content-type": "application/x-www-form-urlencoded" } })
    .formData()
    .then((form) => form.constructor),
};

/**
 * Makes the bodies of jsdom and the like fit for requests and for the disk. jsdom has classes of its own, which Node's
 * requests do not understand: the app gets Node's. happy-dom has requests of its own as well: its classes stay.
 */
export function installBodies(globals: Globals): void {
  if (!isUnderstood()) for (const [name, value] of Object.entries(OF_NODE)) globals.define(name, () => value);
  const { structuredClone } = globalThis;
  const copy = (value: unknown, copies: Map<unknown, object>): unknown => {
    if (isBlob(value)) return value;
    if (!isPlain(value)) return structuredClone(value);
    const known = copies.get(value);
    if (known !== undefined) return known;
    const made = Array.isArray(value) ? [] : {};
    copies.set(value, made);
    for (const [name, item] of Object.entries(value))
      Object.defineProperty(made, name, { ...FIELD, value: copy(item, copies) });
    return made;
  };
  globals.define(
    "structuredClone",
    () =>
      (value: unknown, options?: StructuredSerializeOptions): unknown =>
        holdsBlob(value, new Set()) ? copy(value, new Map()) : structuredClone(value, options),
  );
}

/** Node takes a Blob of older jsdom for a string; it takes one of jsdom 28 for its own, and finds no stream in it. */
function isUnderstood(): boolean {
  try {
    return new Response(new Blob([], { type: "a/b" })).headers.get("content-type") === "a/b";
  } catch {
    return false;
  }
}

const FIELD = { configurable: true, enumerable: true, writable: true };

/** @param seen what was looked at: an object may hold itself */
function holdsBlob(value: unknown, seen: Set<unknown>): boolean {
  if (isBlob(value)) return true;
  if (!isPlain(value) || seen.has(value)) return false;
  seen.add(value);
  return Object.values(value).some((item) => holdsBlob(item, seen));
}

function isPlain(value: unknown): value is object {
  return Array.isArray(value) || Object.prototype.toString.call(value) === "[object Object]";
}

/**
 * A Blob never changes, so that it need not be cloned; and Node cannot clone those of others, and makes a Blob without a
 * name of its own files.
 */
function isBlob(value: unknown): boolean {
  return value instanceof buffer.Blob || (value instanceof Object && value instanceof Blob);
}
