/** How often a daemon that waits looks at who holds its lock. */
const LOOK_MS = 2_000;

/**
 * Runs `body` while it alone holds the lock. Pages that watch for the end of a daemon take the same lock, shared and
 * for no time; but a page that the browser freezes just then keeps it, and the lock must be stolen. The last one to
 * steal it is right: `lost` is aborted when that is another one, and `body` must stop at once.
 */
export function exclusively(
  locks: LockManager,
  name: string,
  body: (lost: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const lost = new AbortController();
    let running: Promise<void> | undefined;
    let isStealing = false;
    // The second request to get it holds it as long.
    const hold = (): Promise<void> => {
      clearInterval(timer);
      isStealing = false;
      running ??= body(lost.signal).then(resolve, reject);
      return running;
    };
    const fail = (error: unknown): void => {
      // What we have stolen from ourselves is ours.
      if (isStealing) return;
      clearInterval(timer);
      if (running === undefined) reject(error);
      else lost.abort();
    };
    const steal = (): void => {
      if (running !== undefined || isStealing || signal.aborted) return;
      isStealing = true;
      locks.request(name, { steal: true }, hold).catch((error: unknown) => {
        isStealing = false;
        fail(error);
      });
    };
    const look = watchForStuck(locks, name, steal);
    const timer = setInterval(() => void look().catch(() => {}), LOOK_MS);
    locks.request(name, { signal }, hold).catch(fail);
  });
}

/**
 * Returns what is to be called now and then; it says when a lock that is asked for is stuck. One look does not tell: the
 * shared holders may be just leaving, and a daemon that has waited longer gets it before it could be stolen.
 */
function watchForStuck(locks: LockManager, name: string, onStuck: () => void): () => Promise<void> {
  let before: string | undefined;
  return async () => {
    const { held = [] } = await locks.query();
    const holders = held.filter((lock) => lock.name === name);
    const isShared = holders.length > 0 && holders.every(({ mode }) => mode === "shared");
    const now = isShared ? JSON.stringify(holders.map(({ clientId }) => clientId).sort()) : undefined;
    if (now !== undefined && now === before) onStuck();
    before = now;
  };
}
