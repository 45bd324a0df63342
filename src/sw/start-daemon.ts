import type { Answer, Command } from "../protocol/commands.ts";
import type { LocalDaemon } from "../protocol/local-daemon.ts";
import { LOCAL_DAEMON, namesOf, scopeOfPageWorker } from "../protocol/names.ts";
import { Daemon } from "./daemon.ts";
import { answerTo } from "./host/command-answer.ts";
import { listenForCommands, listenForPartings } from "./host/command-port.ts";
import { EventWindow } from "./host/event-window.ts";
import { listenForFetches } from "./host/fetch-events.ts";
import { keptLog } from "./host/kept-log.ts";
import { watchNetwork } from "./host/network.ts";
import { openOnClick } from "./host/notification-click.ts";
import { startForPages } from "./host/start-for-pages.ts";
import { isActive, makeWayForUpdates } from "./host/update-watch.ts";
import { Wake } from "./host/wake.ts";
import { workerHost } from "./host/worker-host.ts";
import type { HandleEvents } from "./launches/active-launch.ts";
import type { LogEntry } from "./log.ts";
import type { Destinations, IntegrityCheck } from "./ports/finishing-parts.ts";
import type { ParallelRanges } from "./ports/parallel-ranges.ts";
import type { UploadProtocol } from "./ports/upload-protocol.ts";
import type { WillSend } from "./sending/will-send.ts";
import { fetchTransport } from "./transports/fetch-transport.ts";

/** The options of `startDaemon()`. */
export interface StartDaemonOptions {
  /**
   * The protocols for sending uploads in several requests: `tus` from "background-session/tus", `ietf` from
   * "background-session/ietf", `s3()` from "background-session/s3", and your own, made by `uploadProtocol()` from
   * "background-session/upload-protocol". Their names must differ. The ready worker has the first two. @default []
   */
  uploadProtocols?: readonly UploadProtocol[];
  /**
   * Checks what tasks with an `integrity` have received: `integrity` from "background-session/integrity". The ready worker
   * has it. @default none: such a task is a `TypeError` in the page
   */
  integrity?: IntegrityCheck;
  /**
   * Places downloads with a `destination` in a Cache or in the origin private file system: `destinations` from
   * "background-session/destinations". The ready worker has it. @default none: such a task is a `TypeError` in the page
   */
  destinations?: Destinations;
  /**
   * Fetches downloads in several ranges: `parallelRanges` from "background-session/parallel", for the option `connections`
   * of a download and for `maximumDownloadRate` of a session. The ready worker has it. @default none: `connections` above
   * 1, and a download of a session with such a rate, are a `TypeError` in the page
   */
  parallelRanges?: ParallelRanges;
  /** Called right before each request of a task is sent: for fresh tokens, signed URLs, or to hold the request back. */
  willSend?: WillSend;
  /**
   * Called when the app is launched in the background for a session whose tasks have finished while no page has it.
   * Open the session in it, with a delegate, and keep `completionHandler`; call it after `didFinishEvents`, when the app
   * is done. That invalidates the session object and lets the worker sleep.
   * No message is delivered before the promise that this function returns has settled, unless it calls
   * `finishTasksAndInvalidate()`. If the worker is stopped before the handler was called, the app is launched again. A
   * launch may take 150 s, and ends 10 s after the app has closed all its sessions. If absent, events wait for the next
   * page.
   */
  handleEventsForBackgroundSession?: (identifier: string, completionHandler: () => void) => unknown;
  /**
   * Simultaneous connections of all sessions together, at most 64; the first connection of each session is exempt.
   * @default 64
   */
  maximumConnections?: number;
  /**
   * Called with each line of the daemon's log. URLs have no user, password, query and fragment in it, and headers are never
   * logged. Its errors are reported.
   */
  onlog?: (entry: LogEntry) => void;
}

/** The running daemon. */
export interface DaemonHandle {
  /**
   * Lets the daemon use the time that an event, such as `push`, gives the worker: transfers go on, and the app is launched
   * if that is due. Keeps the event open until there is nothing left to do, at most 150 s.
   *
   * @example
   * const daemon = startDaemon();
   * self.addEventListener("push", (event) => daemon.wake(event));
   */
  wake(event: { waitUntil(promise: Promise<unknown>): void }): void;
}

/**
 * Starts the daemon in a service worker. Call it once, synchronously at the top of the worker's script: listeners that are
 * added later miss the event that wakes the worker. It adds no `fetch` listener. If a browser has no service workers, the
 * page runs the same script in a worker of another kind: the code before this call must not need `registration`,
 * `clients` or `skipWaiting`.
 *
 * @example
 * import { startDaemon } from "background-session/daemon";
 * startDaemon();
 */
export function startDaemon(options: StartDaemonOptions = {}): DaemonHandle {
  const isServiceWorker =
    typeof ServiceWorkerGlobalScope !== "undefined" && globalThis instanceof ServiceWorkerGlobalScope;
  const pageScope = isServiceWorker ? undefined : scopeOfPageWorker(globalThis.name);
  if (!isServiceWorker && pageScope === undefined) return { wake: () => {} };
  if (LOCAL_DAEMON in globalThis)
    throw new TypeError("The daemon runs. Call startDaemon() once, above any BackgroundSessionPlugin.");
  const handleEvents = checkedHandler(options.handleEventsForBackgroundSession);
  const { uploadProtocols = [], integrity, destinations, parallelRanges } = options;
  const { willSend, maximumConnections, onlog } = options;
  if (maximumConnections !== undefined && !(typeof maximumConnections === "number" && maximumConnections > 0))
    throw new TypeError("maximumConnections must be a number greater than 0.");
  const protocolNames = new Set(uploadProtocols.map(({ name }) => name));
  // `s3` instead of `s3({ sign })` is an easy mistake.
  if (uploadProtocols.some((it) => typeof it !== "object") || protocolNames.size < uploadProtocols.length)
    throw new TypeError("uploadProtocols must be protocols of different names, such as tus or s3({ sign }).");
  const parts = { uploadProtocols, integrity, destinations, parallelRanges };
  const shared = { ...parts, transport: fetchTransport, willSend, maximumConnections };
  if (pageScope !== undefined) {
    // No session can be opened in this worker.
    Object.defineProperty(globalThis, LOCAL_DAEMON, { value: undefined });
    startForPages(globalThis as unknown as WorkerGlobalScope, pageScope, shared, onlog);
    return { wake: () => {} };
  }
  const scope = globalThis as unknown as ServiceWorkerGlobalScope;
  const names = namesOf(scope.registration.scope);
  const log = keptLog(names, () => daemon, onlog);
  const host = workerHost(scope, log);
  const daemon: Daemon = new Daemon({
    ...shared,
    host,
    handleEvents,
    onWork: (hasWork) => void wake.update(hasWork),
  });
  const window = new EventWindow(daemon);
  const wake: Wake = new Wake({
    names,
    worker: scope,
    log,
    // Without sync events this is called at once, before `wake` is assigned.
    onWake: () => Promise.resolve().then(() => (isActive(scope) ? window.useSync(wake) : undefined)),
  });

  const handle = (command: Command, page: string): Promise<unknown> => daemon.handle(command, page);
  listenForCommands(scope, handle, () => window.useLeave());
  listenForPartings(scope, names.commands, handle);
  watchNetwork(scope, () => daemon.networkChanged());
  makeWayForUpdates(scope, daemon);
  openOnClick(scope, (session, group) => daemon.cancelGroup(session, group));
  listenForFetches(scope, window);

  const local: LocalDaemon = {
    scope: scope.registration.scope,
    request: (command: Command): Promise<Answer> => answerTo(command, "", handle),
    owned: daemon.owners.owned,
    launchOf: (session) => daemon.launches.of(session),
  };
  Object.defineProperty(scope, LOCAL_DAEMON, { value: local });
  if (isActive(scope)) daemon.start();
  return { wake: (event) => event.waitUntil(window.use()) };
}

/** Starts the daemon, without options, unless the script has started it above. */
export function ensureDaemon(): void {
  if (!(LOCAL_DAEMON in globalThis)) startDaemon();
}

function checkedHandler(handler: unknown): HandleEvents | undefined {
  if (handler === undefined || typeof handler === "function") return handler as HandleEvents | undefined;
  throw new TypeError("handleEventsForBackgroundSession must be a function.");
}
