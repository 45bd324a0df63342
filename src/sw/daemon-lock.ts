/** How often a daemon that waits looks at who holds its lock. */
const LOOK_MS = 2_000;

/**
 * Runs `body` while it alone holds the lock. Pages that watch for the end of a daemon take the same lock, shared and
 * for no time; but one that the browser freezes just then keeps it, and has to be robbed of it.
 */
export function exclusively(
  locks: LockManager,
  name: string,
  body: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let running: Promise<void> | undefined;
    // The second one to get it holds it as long.
    const hold = (): Promise<void> => {
      clearInterval(timer);
      running ??= body().then(resolve, reject);
      return running;
    };
    const fail = (error: unknown): void => {
      if (running !== undefined) return;
      clearInterval(timer);
      reject(error);
    };
    const timer = setInterval(async () => {
      const { held = [] } = await locks.query();
      const holders = held.filter((lock) => lock.name === name);
      const isStuck = holders.length > 0 && holders.every(({ mode }) => mode === "shared");
      if (isStuck && running === undefined && !signal.aborted) {
        locks.request(name, { steal: true }, hold).catch(fail);
      }
    }, LOOK_MS);
    locks.request(name, { signal }, hold).catch(fail);
  });
}
