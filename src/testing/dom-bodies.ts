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
  const isUnderstood = new Response(new Blob([], { type: "a/b" })).headers.get("content-type") === "a/b";
  if (!isUnderstood) for (const [name, value] of Object.entries(OF_NODE)) globals.define(name, () => value);
  const { structuredClone } = globalThis;
  const clone = (value: unknown, options?: StructuredSerializeOptions): unknown => {
    if (isBlob(value)) return value;
    if (!holdsBlob(value)) return structuredClone(value, options);
    if (Array.isArray(value)) return value.map((item) => clone(item));
    return Object.fromEntries(Object.entries(value as object).map(([name, item]) => [name, clone(item)]));
  };
  globals.define("structuredClone", () => clone);
}

function holdsBlob(value: unknown): boolean {
  if (isBlob(value)) return true;
  const isPlain = Array.isArray(value) || Object.prototype.toString.call(value) === "[object Object]";
  return isPlain && Object.values(value as object).some(holdsBlob);
}

/**
 * A Blob never changes, so that it need not be cloned; and Node cannot clone those of others, and makes a Blob without a
 * name of its own files.
 */
function isBlob(value: unknown): boolean {
  return value instanceof buffer.Blob || (value instanceof Object && value instanceof Blob);
}
