import type {
  BackgroundFetchManager,
  FetchOffer,
  FetchStart,
  StartFetchMessage,
} from "../../protocol/background-fetch.ts";
import { namesOf, type ScopeNames } from "../../protocol/names.ts";
import { PRESENCE_QUESTION } from "../../protocol/notices.ts";
import { Database } from "../../store/database.ts";
import { BackgroundFetches } from "../background-fetch/background-fetches.ts";
import type { LogEntry } from "../log.ts";
import type { DaemonHost, IsPage } from "../ports/daemon-host.ts";
import { exclusively } from "./daemon-lock.ts";
import { fetchUnderPolicy } from "./fetch-under-policy.ts";
import { HostProtocols } from "./host-protocols.ts";
import { connectionOf } from "./network.ts";

/** How long a page may take to start a background fetch: it reads the bodies first. */
const START_MS = 10_000;

/** An estimate is believed for this long. */
const ESTIMATE_MS = 1_000;

/** The part of the host that is the same in every kind of worker. */
type AnyWorkerHost = Omit<
  DaemonHost,
  "askForPresence" | "fetches" | "isFetchAllowed" | "startFetch" | "isLookedAt" | "notify" | "shown" | "hide"
>;

export function anyWorkerHost(
  scope: WorkerGlobalScope,
  names: ScopeNames,
  log: (entry: LogEntry) => void,
): AnyWorkerHost {
  const channel = new BroadcastChannel(names.notices);
  const protocols = new HostProtocols();
  const connection = connectionOf(scope);
  return {
    database: new Database(names.database),
    origin: scope.location.origin,
    now: () => Date.now(),
    random: () => Math.random(),
    isOnline: () => scope.navigator.onLine !== false,
    isExpensive: () => (connection?.type === undefined ? undefined : connection.type === "cellular"),
    isConstrained: () => connection?.saveData,
    isMultiplexed: (url) => protocols.isMultiplexed(url),
    connectionTo: (url) => protocols.connectionTo(url),
    fetch: fetchUnderPolicy(scope),
    freeBytes: freeBytesOf(scope.navigator.storage),
    broadcast: (notice) => channel.postMessage(notice),
    isOwnerLocked: async (session) => {
      const { held = [] } = await scope.navigator.locks.query();
      const name = names.ownerLock(session);
      return held.some((lock) => lock.name === name);
    },
    exclusively: (body, signal) => exclusively(scope.navigator.locks, names.daemonLock, body, signal),
    log,
    reportError: (error) => scope.reportError(error),
  };
}

/** Returns the daemon's host in a service worker. */
export function workerHost(scope: ServiceWorkerGlobalScope, log: (entry: LogEntry) => void): DaemonHost {
  return {
    ...anyWorkerHost(scope, namesOf(scope.registration.scope), log),
    askForPresence: (isPage) => askClients(scope, isPage),
    fetches: new BackgroundFetches(
      (scope.registration as { backgroundFetch?: BackgroundFetchManager }).backgroundFetch,
    ),
    isFetchAllowed: () => isFetchAllowed(scope.navigator.permissions),
    startFetch: (offer, isPage) => startFetch(scope.clients, offer, isPage),
    isLookedAt: async () => {
      const pages = await scope.clients.matchAll({ includeUncontrolled: true, type: "window" });
      return pages.some((page) => isInScope(scope, page) && page.visibilityState === "visible");
    },
    notify: ({ title, options: { icon, ...options } }) =>
      scope.registration.showNotification(title, {
        ...options,
        ...(icon !== undefined && { icon: new URL(icon, scope.registration.scope).href }),
      }),
    // Not every browser has notifications.
    shown: async () => (await scope.registration.getNotifications?.()) ?? [],
    hide: async (tag) => {
      for (const shown of (await scope.registration.getNotifications?.({ tag })) ?? []) shown.close();
    },
  };
}

function isInScope({ registration }: ServiceWorkerGlobalScope, { url }: Client): boolean {
  return url.startsWith(registration.scope);
}

/** Also asks pages outside of the scope: they may have a session of this app, which only they know. */
async function askClients(scope: ServiceWorkerGlobalScope, isPage: IsPage): Promise<number> {
  // Firefox has sessions in dedicated workers too.
  const realms = await scope.clients.matchAll({ includeUncontrolled: true, type: "all" });
  for (const realm of realms) realm.postMessage(PRESENCE_QUESTION);
  return realms.filter((realm) => realm.type === "window" && (isInScope(scope, realm) || isPage(realm.id)))
    .length;
}

/** If the user was not asked yet, a page may try. */
async function isFetchAllowed(permissions: Permissions | undefined): Promise<boolean> {
  const asked = permissions?.query({ name: "background-fetch" as PermissionName });
  const status = await asked?.catch(() => undefined);
  return status?.state !== "denied";
}

/** Browsers list the most recently used page first. */
async function startFetch(clients: Clients, offer: FetchOffer, isPage: IsPage): Promise<FetchStart> {
  const pages = await clients.matchAll({ includeUncontrolled: true, type: "window" });
  let last: FetchStart = { isStarted: false, error: "no page answered" };
  for (const page of pages.filter(({ id }) => isPage(id))) {
    last = (await askToStart(page, offer)) ?? last;
    if (last.isStarted) break;
  }
  return last;
}

/** A page that is frozen does not answer. */
function askToStart(page: WindowClient, offer: FetchOffer): Promise<FetchStart | undefined> {
  const { port1, port2 } = new MessageChannel();
  const message: StartFetchMessage = { backgroundSession: "start-fetch", offer };
  return new Promise<FetchStart | undefined>((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
    setTimeout(resolve, START_MS);
    page.postMessage(message, [port2]);
  }).finally(() => port1.close());
}

/** Asks the browser anew if what it said a moment ago is not enough: an estimate costs as much as storing a short file. */
function freeBytesOf(storage: StorageManager): DaemonHost["freeBytes"] {
  let free: number | undefined;
  let freshUntil = 0;
  return async (needed) => {
    const isFresh = performance.now() < freshUntil;
    if (isFresh && free !== undefined && free >= needed) return free;
    const { quota, usage } = (await storage?.estimate?.()) ?? {};
    free = quota === undefined || usage === undefined ? undefined : quota - usage;
    freshUntil = performance.now() + ESTIMATE_MS;
    return free;
  };
}
