import type { Answer, Command } from "../protocol/commands.ts";
import type { LocalDaemon } from "../protocol/local-daemon.ts";
import { LOCAL_DAEMON, namesOf } from "../protocol/names.ts";
import { answerTo } from "./command-answer.ts";
import { listenForCommands } from "./command-port.ts";
import { Daemon } from "./daemon.ts";
import type { LogEntry } from "./log.ts";
import { fetchTransport } from "./transports/fetch-transport.ts";
import { isActive, makeWayForUpdates } from "./update-watch.ts";
import type { UploadProtocol } from "./uploads/upload-protocol.ts";
import { Wake } from "./wake.ts";
import type { WillSend } from "./will-send.ts";
import { workerHost } from "./worker-host.ts";

/** What an app can say to the daemon in its own service worker. */
export interface StartDaemonOptions {
  /**
   * How uploads can be sent in several requests: `tus` from "background-session/tus", `ietf` from
   * "background-session/ietf". The ready worker has both. @default []
   */
  uploadProtocols?: readonly UploadProtocol[];
  /** Is asked right before each request of a task is sent: for fresh tokens, signed addresses, or to hold it back. */
  willSend?: WillSend;
  /** Is given each line of the daemon's log. Addresses come without their query, headers not at all. */
  onlog?: (entry: LogEntry) => void;
}

/** A sync event is left in time: the browser kills the whole worker when one is open for 3 min (W2). */
const SYNC_WINDOW_MS = 150_000;

/**
 * Starts the daemon in a service worker. Call it once, at the top of the worker's script and synchronously: the
 * events that wake a worker are lost on listeners that are added later. It adds no `fetch` listener.
 *
 * @example
 * import { startDaemon } from "background-session/daemon";
 * startDaemon();
 */
export function startDaemon({
  uploadProtocols = [],
  willSend,
  onlog = () => {},
}: StartDaemonOptions = {}): void {
  if (typeof ServiceWorkerGlobalScope === "undefined" || !(globalThis instanceof ServiceWorkerGlobalScope))
    return;
  const scope = globalThis as unknown as ServiceWorkerGlobalScope;
  if (LOCAL_DAEMON in scope) throw new TypeError("startDaemon() was called twice in this service worker.");
  const host = workerHost(scope, onlog);
  const daemon = new Daemon({
    host,
    transport: fetchTransport,
    uploadProtocols,
    willSend,
    onWork: (hasWork) => void wake.update(hasWork),
  });
  const wake = new Wake({
    name: namesOf(scope.registration.scope).queue,
    scope: scope.registration.scope,
    // Workbox calls this at once where there are no sync events, before `wake` is there.
    onWake: () => Promise.resolve().then(() => useWake(scope, daemon, wake)),
  });

  const handle = (command: Command, page: string): Promise<unknown> => daemon.handle(command, page);
  listenForCommands(scope, handle);
  scope.addEventListener("activate", () => daemon.start());
  scope.addEventListener("online", () => daemon.networkChanged());
  scope.addEventListener("offline", () => daemon.networkChanged());
  makeWayForUpdates(scope, daemon);

  const local: LocalDaemon = {
    scope: scope.registration.scope,
    request: (command: Command): Promise<Answer> => answerTo(command, "", handle),
  };
  Object.defineProperty(scope, LOCAL_DAEMON, { value: local });
  if (isActive(scope)) daemon.start();
}

async function useWake(scope: ServiceWorkerGlobalScope, daemon: Daemon, wake: Wake): Promise<void> {
  if (!isActive(scope)) return;
  await daemon.untilIdle(SYNC_WINDOW_MS);
  if (!daemon.hasWork) return;
  if (daemon.hasPages) await wake.again();
  // Without a window this is the only way to be woken again.
  else throw new Error("There are unfinished transfers.");
}
