import { warnOnce } from "../warn.ts";
import { bodiesIn, watchUses } from "./uses-of-bodies.ts";

/** How many watched calls have not settled: any of them may use the bodies of another, which are there until then. */
let underWay = 0;

/**
 * Returns the function, which now warns if it uses a file or a response when it is over: when it has returned no promise,
 * or when its promise has fulfilled. The bytes may be deleted then.
 * @param who begins the sentence
 */
export function warnIfNotReturned<Given extends unknown[]>(
  who: string,
  call: (...given: Given) => unknown,
): (...given: Given) => unknown {
  const warn = (): void =>
    warnOnce(
      `${who} began to read a file or a response, and did not return a promise that waits for it. Return it, or await ` +
        "it in an async function: the bytes are deleted when the function has returned and its promise has fulfilled.",
    );
  return (...given) => {
    const bodies = given.flatMap(bodiesIn);
    let hasBegun = false;
    const open = new Set<unknown>();
    let isOver = false;
    const stopWatching = bodies.map((body) =>
      watchUses(body, (use) => {
        if (isOver && underWay === 0) warn();
        hasBegun = true;
        if (whenEnded(use, () => open.delete(use))) open.add(use);
      }),
    );
    const end = (): void => {
      underWay -= 1;
      isOver = true;
    };
    /** After a failure the bytes are kept, for the next delivery. */
    const fail = (): void => {
      end();
      for (const stop of stopWatching) stop();
    };
    underWay += 1;
    try {
      const returned = call(...given);
      if (typeof (returned as Promise<unknown> | undefined)?.then === "function")
        void Promise.resolve(returned).then(() => {
          end();
          if (open.size > 0) warn();
        }, fail);
      else {
        end();
        if (hasBegun) warn();
      }
      return returned;
    } catch (error) {
      fail();
      throw error;
    }
  };
}

/** Calls `onEnd` when a use has ended, well or badly, before the app hears of it. @returns false if it does not tell: a stream */
function whenEnded(use: unknown, onEnd: () => void): boolean {
  if (use instanceof Promise) void use.then(onEnd, onEnd);
  else if (use instanceof IDBRequest) {
    use.addEventListener("success", onEnd);
    use.addEventListener("error", onEnd);
  } else return false;
  return true;
}
