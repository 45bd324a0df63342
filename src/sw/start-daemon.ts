import type { Answer, Command } from "../protocol/commands.ts";
import type { LocalDaemon } from "../protocol/local-daemon.ts";
import { LOCAL_DAEMON, namesOf, scopeOfPageWorker } from "../protocol/names.ts";
import { Daemon } from "./daemon.ts";
import { answerTo } from "./host/command-answer.ts";
import { listenForCommands, listenForPartings } from "./host/command-port.ts";
import { EventWindow } from "./host/event-window.ts";
import { listenForFetches } from "./host/fetch-events.ts";
import { openOnClick } from "./host/notification-click.ts";
import { startForPages } from "./host/start-for-pages.ts";
import { isActive, makeWayForUpdates } from "./host/update-watch.ts";
import { Wake } from "./host/wake.ts";
import { workerHost } from "./host/worker-host.ts";
import type { HandleEvents } from "./launches/active-launch.ts";
import { type LogEntry, safeLog } from "./log.ts";
import type { UploadProtocol } from "./ports/upload-protocol.ts";
import type { WillSend } from "./sending/will-send.ts";
import { fetchTransport } from "./transports/fetch-transport.ts";

/** What an app can say to the daemon in its own service worker. */
export interface StartDaemonOptions {
  /**
   * How uploads can be sent in several requests: `tus` from "background-session/tus", `ietf` from
   * "background-session/ietf". The ready worker has both. @default []
   */
  uploadProtocols?: readonly UploadProtocol[];
  /** Is asked right before each request of a task is sent: for fresh tokens, signed addresses, or to hold it back. */
  willSend?: WillSend;
  /**
   * Called when the app is launched in the background for a session whose tasks have finished and whose events no
   * page gets. Open the session in it, with a delegate, and keep `completionHandler`; call it after
   * `didFinishEvents`, when the app is done. That invalidates the session object and lets the worker sleep.
   * No message is delivered before the promise that this function returns has settled, unless it calls
   * `finishTasksAndInvalidate()`. A worker that is stopped before the handler was called is launched again. At most
   * 150 s, and 10 s after all that was opened is closed; absent, events wait for the next page.
   */
  handleEventsForBackgroundSession?: (identifier: string, completionHandler: () => void) => unknown;
  /** Is given each line of the daemon's log. Addresses come without their query, headers not at all. What it throws is reported. */
  onlog?: (entry: LogEntry) => void;
}

/** The running daemon, as the app's worker may use it. */
export interface DaemonHandle {
  /**
   * Has the daemon use the time that an event gives the worker, e.g. a `push`: transfers go on in it, and the app is
   * launched where that is due. Keeps the event open until there is nothing left to do, 150 s at the most.
   *
   * @example
   * const daemon = startDaemon();
   * self.addEventListener("push", (event) => daemon.wake(event));
   */
  wake(event: { waitUntil(promise: Promise<unknown>): void }): void;
}

/**
 * Starts the daemon in a service worker. Call it once, at the top of the worker's script and synchronously: the
 * events that wake a worker are lost on listeners that are added later. It adds no `fetch` listener. Where a browser has
 * no service workers the page runs the same script in a worker of another kind: what comes before this call must not need
 * `registration`, `clients` or `skipWaiting`.
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
  if (LOCAL_DAEMON in globalThis) throw new TypeError("startDaemon() was called twice in this worker.");
  const handleEvents = checkedHandler(options.handleEventsForBackgroundSession);
  const { uploadProtocols = [], willSend, onlog = () => {} } = options;
  const log = safeLog(onlog, reportError);
  const shared = { transport: fetchTransport, uploadProtocols, willSend };
  if (pageScope !== undefined) {
    // No session is opened in here.
    Object.defineProperty(globalThis, LOCAL_DAEMON, { value: undefined });
    startForPages(globalThis as unknown as WorkerGlobalScope, pageScope, shared, log);
    return { wake: () => {} };
  }
  const scope = globalThis as unknown as ServiceWorkerGlobalScope;
  const names = namesOf(scope.registration.scope);
  const host = workerHost(scope, log);
  const daemon = new Daemon({
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
    // Workbox calls this at once where there are no sync events, before `wake` is there.
    onWake: () => Promise.resolve().then(() => (isActive(scope) ? window.useSync(wake) : undefined)),
  });

  const handle = (command: Command, page: string): Promise<unknown> => daemon.handle(command, page);
  listenForCommands(scope, handle, () => window.useLeave());
  listenForPartings(scope, names.commands, handle);
  scope.addEventListener("activate", () => daemon.start());
  scope.addEventListener("online", () => daemon.networkChanged());
  scope.addEventListener("offline", () => daemon.networkChanged());
  makeWayForUpdates(scope, daemon);
  openOnClick(scope);
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

function checkedHandler(handler: unknown): HandleEvents | undefined {
  if (handler === undefined || typeof handler === "function") return handler as HandleEvents | undefined;
  throw new TypeError("handleEventsForBackgroundSession must be a function.");
}
