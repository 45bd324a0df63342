import { isRecord } from "../../protocol/checks.ts";
import { warnOnce } from "../warn.ts";

/** What reads a file or the body of a response. */
const READERS = ["arrayBuffer", "blob", "bytes", "formData", "json", "stream", "text"] as const;

type Reader = Record<(typeof READERS)[number], (...given: unknown[]) => unknown>;

/**
 * Returns the function, which now warns if it begins to read a file or a response and returns no promise: the bytes may be
 * deleted as soon as it has returned.
 * @param who begins the sentence
 */
export function warnIfNotReturned<Given extends unknown[]>(
  who: string,
  call: (...given: Given) => unknown,
): (...given: Given) => unknown {
  return (...given) => {
    let reads = 0;
    const restores = given.flatMap(bodiesIn).map((body) => onRead(body, () => (reads += 1)));
    try {
      const returned = call(...given);
      if (reads > 0 && typeof (returned as Promise<unknown> | undefined)?.then !== "function")
        warnOnce(
          `${who} began to read a file or a response, and did not return a promise. Return it, or make the function ` +
            "async: the bytes are deleted when it has returned.",
        );
      return returned;
    } finally {
      for (const restore of restores) restore();
    }
  };
}

/** The files and responses among what the app is given: as such, or in the result of a task. */
function bodiesIn(given: unknown): object[] {
  if (given instanceof Blob || given instanceof Response) return [given];
  if (!isRecord(given) || Object.getPrototypeOf(given) !== Object.prototype) return [];
  return Object.values(given).filter((value) => value instanceof Blob || value instanceof Response);
}

/** Calls `onRead` when the body is read, until the returned function is called. */
function onRead(body: object, onRead: () => void): () => void {
  const reader = body as Partial<Reader>;
  const names = READERS.filter((name) => typeof reader[name] === "function");
  for (const name of names) {
    const read = reader[name]?.bind(body);
    Object.defineProperty(body, name, {
      configurable: true,
      value: (...given: unknown[]) => {
        onRead();
        return read?.(...given);
      },
    });
  }
  return () => {
    for (const name of names) delete reader[name];
  };
}
