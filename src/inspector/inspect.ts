import { isRecord } from "../protocol/checks.ts";
import { DEFAULT_CONFIGURATION } from "../protocol/configuration.ts";
import { INSPECTION } from "../protocol/inspection.ts";
import { LIBRARY_VERSION } from "../protocol/library-version.ts";
import { namesOf } from "../protocol/names.ts";
import { isFinished } from "../protocol/task-state.ts";
import { PROTOCOL } from "../protocol/versions.ts";
import { SCHEMA_VERSION, type SessionRow } from "../store/schema.ts";
import { askWorkers, type Question, type Said } from "./ask-workers.ts";
import type { EventPicture, LaunchPicture, Picture, SessionPicture, SurroundingsPicture } from "./picture.ts";
import { Lanes } from "./queues.ts";
import { readStores, type Stores } from "./read-stores.ts";
import { redactedData, redactedHeaders } from "./redact.ts";
import { readSurroundings } from "./surroundings.ts";
import { taskPictures } from "./task-pictures.ts";
import { workerVersions } from "./worker-versions.ts";

/**
 * Returns everything that is known of a scope, as plain data that can be sent with a bug report. It only reads: it makes no
 * database, opens no session and starts no worker. Values of headers are left out unless they only describe the content,
 * and so are users, passwords, queries and fragments of URLs, bodies, and the contexts of completion handlers. Paths,
 * descriptions and ids are in it.
 * @param scope the scope of the service worker, e.g. `"/app/"`; if it is left out, that of this page's
 * registration or, if that has no sessions, of another one of the site that has
 */
export async function inspect(scope?: string): Promise<Picture> {
  return pictureOf(await addressOf(scope), INSPECTION);
}

/** Returns the whole address of a scope, or of the one that `inspect` takes without one. */
export async function addressOf(scope: string | null | undefined): Promise<string> {
  return new URL(scope ?? (await ownScope()), location.href).href;
}

/** Takes the picture of a scope. @param question how its workers are asked */
export async function pictureOf(address: string, question: Question): Promise<Picture> {
  const found = await navigator.serviceWorker?.getRegistration(address).catch(() => undefined);
  const registration: Partial<ServiceWorkerRegistration> = found?.scope === address ? found : {};
  const [stores = NOTHING, said, surroundings] = await Promise.all([
    readStores(address),
    askWorkers(address, question, Boolean(registration.waiting)),
    readSurroundings(address),
  ]);
  return redactedData(
    composed(address, stores, said, surroundings, workerVersions(said, registration, stores.sessions)),
  );
}

/** The scope of this page; or one that has sessions, since a page need not be in the scope of its worker. */
async function ownScope(): Promise<string> {
  const { serviceWorker } = navigator;
  const own = await serviceWorker?.getRegistration().catch(() => undefined);
  const all = (await serviceWorker?.getRegistrations().catch(() => [])) ?? [];
  const databases = await indexedDB.databases?.();
  const hasSessions = ({ scope }: ServiceWorkerRegistration): boolean =>
    databases?.some(({ name }) => name === namesOf(scope).database) ?? false;
  const scopes = own === undefined ? all : [own, ...all];
  return (scopes.find(hasSessions) ?? own)?.scope ?? "/";
}

const NOTHING: Stores = {
  version: 0,
  sessions: [],
  tasks: [],
  outbox: [],
  launches: [],
  parts: new Map(),
  multiplexedHosts: [],
  bodies: new Set(),
};

function composed(
  scope: string,
  stores: Stores,
  { daemon }: Said,
  surroundings: SurroundingsPicture,
  workers: Picture["versions"]["workers"],
): Picture {
  const now = Date.now();
  const isOnline = navigator.onLine !== false;
  const lanes = new Lanes(stores.tasks);
  const configurations = new Map(
    stores.sessions.map(({ identifier, configuration }) => [identifier, configuration]),
  );
  const tasks = taskPictures(stores, lanes, {
    now,
    isOnline,
    isVisible: globalThis.document?.visibilityState === "visible",
    activities: new Map(daemon?.activities),
    multiplexedHosts: new Set(Array.isArray(stores.multiplexedHosts) ? stores.multiplexedHosts : []),
    configurationOf: (session) => configurations.get(session) ?? DEFAULT_CONFIGURATION,
  });
  return {
    takenAt: now,
    scope,
    hasDatabase: stores !== NOTHING,
    versions: {
      library: LIBRARY_VERSION,
      protocol: PROTOCOL,
      schema: SCHEMA_VERSION,
      storedSchema: stores === NOTHING ? undefined : stores.version,
      workers,
    },
    worker: { isAnswering: daemon !== undefined, startedAt: daemon?.startedAt },
    isOnline,
    sessions: stores.sessions.map((row) => sessionPicture(row, scope, stores, surroundings)),
    tasks,
    queues: lanes.pictures(),
    outbox: stores.outbox.map(eventPicture),
    launches: stores.launches.map(launchPicture),
    surroundings,
    log: daemon?.log ?? [],
  };
}

function sessionPicture(
  { identifier, configuration }: SessionRow,
  scope: string,
  { tasks, outbox }: Stores,
  { locks }: SurroundingsPicture,
): SessionPicture {
  const { notifications, httpAdditionalHeaders, secretHeaders, groups, ...rest } = configuration;
  const lock = locks?.find(({ name, isHeld }) => isHeld && name === namesOf(scope).ownerLock(identifier));
  return {
    identifier,
    configuration: {
      ...rest,
      secretHeaders,
      httpAdditionalHeaders: redactedHeaders(httpAdditionalHeaders, secretHeaders),
      groups: Object.fromEntries(Object.entries(groups).map(([name, group]) => [name, limitsOf(group)])),
      hasNotifications: notifications !== undefined,
    },
    isOwned: locks && lock !== undefined,
    owner: lock?.clientId,
    countOfTasks: tasks.filter(({ session, state }) => session === identifier && !isFinished(state)).length,
    countOfEvents: outbox.filter(({ session }) => session === identifier).length,
  };
}

/** Without its notification, whose address may have secrets. */
function limitsOf(group: unknown): { maximumConnections?: number } {
  const limit = isRecord(group) ? group.maximumConnections : undefined;
  return typeof limit === "number" ? { maximumConnections: limit } : {};
}

function eventPicture(row: Stores["outbox"][number]): EventPicture {
  const { eventId, session, taskKey, type, refusals, isParked = false } = row;
  return { eventId, session, taskKey, type, refusals, isParked };
}

function launchPicture({ session, begunAt, tries }: Stores["launches"][number]): LaunchPicture {
  return { session, begunAt, tries };
}
