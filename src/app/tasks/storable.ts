type Parts = (value: never) => readonly unknown[];

/** The parts of each kind of object that has parts to be checked. */
const PARTS: Readonly<Record<string, Parts>> = {
  Object: Object.values,
  Array: Object.values,
  Error: (error: object) => Object.getOwnPropertyNames(error).map((name) => Reflect.get(error, name)),
  Map: (map: ReadonlyMap<unknown, unknown>) => [...map].flat(),
  Set: (set: ReadonlySet<unknown>) => [...set],
};

/**
 * The other kinds that IndexedDB stores in every browser and a service worker can read. More kinds can be cloned:
 * https://html.spec.whatwg.org/#structuredserializeforstorage
 */
const WHOLE =
  /^(Date|RegExp|Boolean|Number|String|BigInt|ArrayBuffer|Blob|File|FileList|ImageData|CryptoKey|DOMException|QuotaExceededError|DOMQuad|DOM(Point|Rect|Matrix)(ReadOnly)?|FileSystem(File|Directory)Handle)$/;

/** Chromium stores deeper values in a page, but a worker, whose stack is smaller, reads null. */
const MAX_DEPTH = 500;

/**
 * Returns a copy of `value` that IndexedDB can store.
 * @throws TypeError that says what cannot be stored
 */
export function storableCopy(value: unknown, name: string): unknown {
  const refuse = (why: string, cause?: unknown): never => {
    throw new TypeError(`${name} must be something that can be stored: ${why}.`, { cause });
  };
  let copy: unknown;
  try {
    copy = structuredClone(value);
  } catch (cause) {
    refuse(cause instanceof RangeError ? TOO_DEEP : "structured clone, no functions, no DOM", cause);
  }
  const obstacle = obstacleIn(copy);
  return obstacle === undefined ? copy : refuse(obstacle);
}

const TOO_DEEP = `at most ${MAX_DEPTH} levels deep`;

function obstacleIn(copy: unknown): string | undefined {
  const seen = new Set<unknown>();
  // In the order in which the browser writes, so that each object has the depth that it has there.
  const open = [{ value: copy, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth } = next;
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    if (depth > MAX_DEPTH) return TOO_DEEP;
    const kind = Object.prototype.toString.call(value).slice(8, -1);
    const parts = ArrayBuffer.isView(value) ? [value.buffer] : PARTS[kind]?.(value as never);
    if (parts === undefined && !WHOLE.test(kind)) {
      return `no ${kind}; use plain objects, Map, Set, Date, buffers or Blob`;
    }
    for (const part of [...(parts ?? [])].reverse()) open.push({ value: part, depth: depth + 1 });
  }
  return undefined;
}
