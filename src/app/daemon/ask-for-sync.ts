import { within } from "../../async/within.ts";

const SYNC_MS = 1_000;

/** What Chromium has beyond the types: https://wicg.github.io/background-sync/spec/ */
interface SyncRegistration {
  readonly sync?: { register(tag: string): Promise<void> };
}

/**
 * Asks the browser for a sync event while there is a window to ask: a worker without one may not, so that nobody would
 * wake the work of a page that closes at once. Fulfils when that is recorded, or refused.
 */
export async function askForSync(
  registration: ServiceWorkerRegistration | undefined,
  tag: string,
): Promise<void> {
  const { sync } = (registration ?? {}) as SyncRegistration;
  // If the page is just being closed, the promise never settles.
  if (sync !== undefined)
    await within(
      SYNC_MS,
      sync.register(tag).catch(() => {}),
    );
}
