/** How often a waiting daemon checks who holds its lock. */
const CHECK_MS = 2_000;

/**
 * Runs `body` while it holds the lock exclusively. Pages that watch for the end of a daemon request the same lock, shared,
 * and release it at once; but a page that the browser freezes at that moment keeps it, and then the lock is stolen. `lost`
 * is aborted when another daemon steals it from this one, and `body` must stop at once.
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
    // If both requests get it, the second holds it as long as the first.
    const hold = (): Promise<void> => {
      clearInterval(timer);
      isStealing = false;
      running ??= body(lost.signal).then(resolve, reject);
      return running;
    };
    const fail = (error: unknown): void => {
      // It was stolen from this daemon's own request.
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
    const check = stuckCheck(locks, name, steal);
    const timer = setInterval(() => void check().catch(() => {}), CHECK_MS);
    locks.request(name, { signal }, hold).catch(fail);
  });
}

/**
 * Returns a check to be called repeatedly, which calls `onStuck` if frozen pages hold the lock. That takes two checks with
 * the same holders: at the first they may be about to release it, and a daemon that has waited longer may get it.
 */
function stuckCheck(locks: LockManager, name: string, onStuck: () => void): () => Promise<void> {
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
