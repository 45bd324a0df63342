import { pause } from "../../async/pause.ts";
import { daemonMissing } from "./daemon-missing.ts";
import { registrationFor } from "./registration.ts";

const ACTIVATION_MS = 30_000;
/** A worker that skips waiting is there at once; another one may wait until all tabs are closed. */
const REPLACEMENT_MS = 2_000;
const UPDATE_MS = 10_000;
const POLL_MS = 100;

/**
 * Waits for the first worker of a registration; if one is active, it is there at once.
 * @throws SessionError `daemon-missing` if it fails to install or takes too long
 */
export async function untilActive(registration: ServiceWorkerRegistration): Promise<void> {
  // In Chromium a registration is there, without a worker, before its script is fetched. Every browser removes one whose
  // first worker fails.
  const isComing = async (): Promise<boolean> =>
    Boolean(comingWorker(registration) ?? (await registrationFor(registration.scope)));
  await watch(registration, ACTIVATION_MS, async () => registration.active !== null || !(await isComing()));
  if (registration.active !== null) return;
  const failure = (await isComing()) ? "is not active after 30 s" : "failed or was unregistered";
  throw daemonMissing(`the worker of ${registration.scope} ${failure}`);
}

/** Gives a worker with this new URL some time to replace the active one, which may still be in use. */
export async function untilReplaced(registration: ServiceWorkerRegistration, url: string): Promise<void> {
  await watch(
    registration,
    REPLACEMENT_MS,
    () => registration.active?.scriptURL === url || comingWorker(registration)?.scriptURL !== url,
  );
}

/** Has the browser look for a newer worker, and gives that some time to take over (V2). @returns whether it did */
export async function isUpdated(registration: ServiceWorkerRegistration): Promise<boolean> {
  const { active } = registration;
  const hasChanged = (): boolean => registration.active !== active;
  let isLooking = true;
  const looked = (): void => {
    isLooking = false;
  };
  registration.update().then(looked, looked);
  await watch(registration, UPDATE_MS, () => hasChanged() || !(isLooking || comingWorker(registration)));
  return hasChanged();
}

function comingWorker({ installing, waiting }: ServiceWorkerRegistration): ServiceWorker | null {
  return installing ?? waiting;
}

/** Waits until `isOver`, or for `limitMs`. */
async function watch(
  registration: ServiceWorkerRegistration,
  limitMs: number,
  isOver: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await isOver()) && Date.now() < deadline) {
    // A hidden page's timers are late, so that the event is waited for as well.
    const change = new Promise((resolve) => {
      comingWorker(registration)?.addEventListener("statechange", resolve, { once: true });
    });
    await Promise.race([change, pause(POLL_MS)]);
  }
}
