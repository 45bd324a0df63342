import { BackgroundSession, type OpenOptions, type SessionDelegate } from "background-session";
import { unwrap } from "idb";
import { Database } from "../../src/store/database.ts";
import { insertTasks } from "../../src/store/insert.ts";
import { liveTasks } from "../../src/store/tasks.ts";
import { taskRow } from "../../tests/support/task-row.ts";
import { backgroundFetch } from "./background-fetch.ts";
import type { uploadPeers } from "./upload-peers.ts";

/** Chromium stops a worker after 30 s without a message. */
const PING_MS = 5_000;

let peerRegistration: Promise<ServiceWorkerRegistration> | undefined;
let sessions = 0;

/** Opens a session that nobody has used, with the package as it ships. */
function open(options: OpenOptions = {}, identifier?: string): Promise<BackgroundSession> {
  sessions += 1;
  const name = identifier ?? `bench-${sessions}-${crypto.randomUUID()}`;
  return BackgroundSession.open(name, { serviceWorker: "/sw.js", ...options });
}

const OWN_WORKER = { url: "/own-worker.js", scope: "/own/" } as const;

/** Opens a session whose worker says how long it stood still. */
function openOwn(identifier: string): Promise<BackgroundSession> {
  const configuration = { keepsHistory: true };
  return BackgroundSession.open(identifier, { configuration, serviceWorker: OWN_WORKER });
}

/** Returns how long the worker of `openOwn` stands still at most during `spanMs`, in milliseconds. */
async function longestStep(spanMs: number): Promise<number> {
  const registration = await navigator.serviceWorker.getRegistration(OWN_WORKER.scope);
  return ask<number>(registration?.active, { longestStepWithin: spanMs });
}

/** Sends a message to a worker. @returns its answer */
function ask<Answer>(worker: ServiceWorker | null | undefined, message: unknown): Promise<Answer> {
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise<Answer>((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
  });
  worker?.postMessage(message, [port2]);
  return answer;
}

/** Waits for so many tasks. @returns the delegate to open a session with; `finished` fulfils when all are complete */
function completions(count: number): { delegate: SessionDelegate; finished: Promise<void> } {
  let left = count;
  let over = (): void => {};
  const finished = new Promise<void>((resolve) => {
    over = resolve;
  });
  const didComplete = (): void => {
    left -= 1;
    if (left === 0) over();
  };
  return { delegate: { didComplete }, finished };
}

/** Drops a session with everything in it, and waits until the disk is quiet again. */
async function drop(
  session: BackgroundSession,
  serviceWorker: NonNullable<OpenOptions["serviceWorker"]> = "/sw.js",
): Promise<void> {
  await session.close();
  await BackgroundSession.delete(session.identifier, { serviceWorker });
  await new Promise((resolve) => setTimeout(resolve, 200));
}

/** Makes the peers' worker do a job. @returns milliseconds, or the job's result */
async function peer(job: string, ...args: readonly unknown[]): Promise<number> {
  const { active } = await peers();
  const worker = active as ServiceWorker;
  const answer = ask<{ value: number; error?: string }>(worker, { job, args });
  const timer = setInterval(() => worker.postMessage({ job: "ping", args: [] }), PING_MS);
  const { value, error } = await answer;
  clearInterval(timer);
  if (error !== undefined) throw new Error(`${job}: ${error}`);
  return value;
}

/** Starts the peers' worker and returns its registration. */
function peers(): Promise<ServiceWorkerRegistration> {
  peerRegistration ??= startPeers();
  return peerRegistration;
}

async function startPeers(): Promise<ServiceWorkerRegistration> {
  const registration = await navigator.serviceWorker.register("/peer-worker.js", { scope: "/peer/" });
  while (registration.active === null) await new Promise((resolve) => setTimeout(resolve, 20));
  return registration;
}

/** Writes tasks to disk as if they had been made, and some of them ended, earlier. */
async function seed(
  session: string,
  counts: { unfinished: number; finished: number; keepsHistory?: true },
  scope = "/",
): Promise<void> {
  const database = new Database(`background-session:${scope}`);
  const now = Date.now();
  const earliestBeginDate = now + 86_400_000;
  const url = `${location.origin}/post`;
  const unfinished = Array.from({ length: counts.unfinished }, () => ({
    row: taskRow({
      session,
      key: crypto.randomUUID(),
      url,
      createdAt: now,
      deadline: 2 * earliestBeginDate,
      earliestBeginDate,
    }),
    onDuplicate: "keep" as const,
  }));
  const finished = Array.from({ length: counts.finished }, () => ({
    row: taskRow({
      session,
      key: crypto.randomUUID(),
      url,
      kind: "data",
      state: "completed",
      live: undefined,
      createdAt: now,
      finishedAt: now,
      keepsHistory: counts.keepsHistory,
    }),
    onDuplicate: "keep" as const,
  }));
  await insertTasks(database, [...unfinished, ...finished], now, session);
  database.close();
}

/** Writes the unfinished tasks of a session once more, bare, to a database of the same form. @returns milliseconds */
async function storeAgain(identifier: string): Promise<number> {
  const database = new Database("background-session:/");
  const rows = await liveTasks(database, identifier);
  database.close();
  const copy = new Database(`bare-${crypto.randomUUID()}`);
  const bare = unwrap(await copy.open());
  const since = performance.now();
  const tx = bare.transaction("tasks", "readwrite", { durability: "strict" });
  for (const row of rows) tx.objectStore("tasks").add(row);
  await new Promise((resolve) => {
    tx.oncomplete = resolve;
  });
  const elapsedMs = performance.now() - since;
  copy.close();
  indexedDB.deleteDatabase(copy.name);
  return elapsedMs;
}

/** Stores the body of a URL in a file on disk, like one that a user has chosen. */
async function keepFile(url: string): Promise<void> {
  const cache = await caches.open("files");
  await cache.put("/file", await fetch(url));
}

async function keptFile(): Promise<Blob> {
  const cache = await caches.open("files");
  return ((await cache.match("/file")) as Response).blob();
}

/** The peers that run in a page are loaded by what uses them: the page that opens a session is a small one. */
async function uploadByPeer(name: keyof typeof uploadPeers, chunkBytes: number): Promise<void> {
  const { uploadPeers } = await import("./upload-peers.ts");
  await uploadPeers[name](await keptFile(), `${location.origin}/tus`, chunkBytes);
}

async function drainTransactions(count: number, url: string, body: string): Promise<number> {
  return (await import("./offline-transactions.ts")).drainTransactions(count, url, body);
}

const bench = {
  BackgroundSession,
  open,
  openOwn,
  longestStep,
  completions,
  drop,
  peer,
  seed,
  storeAgain,
  keepFile,
  keptFile,
  s3Peers: () => import("./s3-peers.ts"),
  uploadByPeer,
  drainTransactions,
  backgroundFetch: async (url: string) => backgroundFetch(await peers(), url),
};
export type Bench = typeof bench;
// Functions that tsx compiles and sends here call `__name`.
Object.assign(globalThis, { bench, __name: (named: unknown) => named });
