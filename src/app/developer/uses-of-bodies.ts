import { isRecord } from "../../protocol/checks.ts";

/** What reads a file or the body of a response. */
const READERS = ["arrayBuffer", "blob", "bytes", "formData", "json", "stream", "text"] as const;

type Reader = Record<(typeof READERS)[number], (...given: unknown[]) => unknown>;

/** Is called with each use that begins: what the reader or the database has returned. */
type OnUse = (use: unknown) => void;

const watched = new WeakMap<object, OnUse>();
let isWatchingStores = false;

/** Calls `onUse` when the body is read or stored, until the returned function is called. */
export function watchUses(body: object, onUse: OnUse): () => void {
  if (!isWatchingStores) watchStores();
  watched.set(body, onUse);
  const reader = body as Partial<Reader>;
  const names = READERS.filter((name) => typeof reader[name] === "function");
  for (const name of names) {
    const read = reader[name]?.bind(body);
    Object.defineProperty(body, name, {
      configurable: true,
      value: (...given: unknown[]) => {
        const use = read?.(...given);
        onUse(use);
        return use;
      },
    });
  }
  return () => {
    watched.delete(body);
    for (const name of names) delete reader[name];
  };
}

/** The files and responses in a value: itself, or its fields if it is a plain object. */
export function bodiesIn(value: unknown): object[] {
  if (value instanceof Blob || value instanceof Response) return [value];
  if (!isRecord(value) || Object.getPrototypeOf(value) !== Object.prototype) return [];
  return Object.values(value).filter((field) => field instanceof Blob || field instanceof Response);
}

/** Has every object store of this realm tell of the bodies that are put into it. */
function watchStores(): void {
  isWatchingStores = true;
  const { prototype } = IDBObjectStore;
  for (const name of ["add", "put"] as const) {
    const original = prototype[name];
    prototype[name] = function (this: IDBObjectStore, ...given: Parameters<typeof original>) {
      const request = original.apply(this, given);
      for (const body of bodiesIn(given[0])) watched.get(body)?.(request);
      return request;
    };
  }
}
