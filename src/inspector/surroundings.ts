import { namesOf } from "../protocol/names.ts";
import type { LockPicture, RegistrationPicture, SurroundingsPicture } from "./picture.ts";
import { redactedUrl } from "./redact.ts";

/** Reads what the browser says about a scope and its origin. */
export async function readSurroundings(scope: string): Promise<SurroundingsPicture> {
  const { storage } = navigator;
  const [locks, registrations, estimate, isPersisted] = await Promise.all([
    unlessRefused(() => locksOf(scope)),
    unlessRefused(registrationsOfOrigin),
    unlessRefused(() => storage?.estimate?.()),
    unlessRefused(() => storage?.persisted?.()),
  ]);
  return { locks, registrations, usedBytes: estimate?.usage, quotaBytes: estimate?.quota, isPersisted };
}

/** A browser may lack an interface, or refuse it to the page. */
async function unlessRefused<Value>(read: () => Promise<Value> | undefined): Promise<Value | undefined> {
  try {
    return await read();
  } catch {
    return undefined;
  }
}

async function locksOf(scope: string): Promise<LockPicture[]> {
  const { held = [], pending = [] } = await navigator.locks.query();
  const prefix = `${namesOf(scope).database}#`;
  return [held, pending].flatMap((locks) =>
    locks
      .filter(({ name }) => name?.startsWith(prefix))
      .map(({ name = "", clientId = "" }) => ({ name, clientId, isHeld: locks === held })),
  );
}

async function registrationsOfOrigin(): Promise<RegistrationPicture[]> {
  const registrations = await navigator.serviceWorker.getRegistrations();
  return Promise.all(registrations.map(registrationPicture));
}

type WithSync = ServiceWorkerRegistration & { readonly sync?: { getTags(): Promise<string[]> } };

async function registrationPicture(registration: WithSync): Promise<RegistrationPicture> {
  const { scope, installing, waiting, active, sync } = registration;
  const urlOf = (worker: ServiceWorker | null): string | undefined =>
    worker === null ? undefined : `${redactedUrl(worker.scriptURL)} (${worker.state})`;
  return {
    scope,
    installing: urlOf(installing),
    waiting: urlOf(waiting),
    active: urlOf(active),
    syncTags: await unlessRefused(() => sync?.getTags()),
  };
}
