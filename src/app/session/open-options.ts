import { isRecord } from "../../protocol/checks.ts";
import type { SessionConfiguration, StoredConfiguration } from "../../protocol/configuration.ts";
import { storedConfiguration } from "../../protocol/configuration-rules.ts";
import { isA } from "../../protocol/platform-objects.ts";
import type { DaemonLocation } from "../daemon/daemon-location.ts";
import type { CompletionHandler } from "../events/completion-handler.ts";
import type { SessionDelegate } from "../events/delegate.ts";
import type { OnBusy } from "../ownership/ownership.ts";

/** The options of `BackgroundSession.open`. */
export interface OpenOptions {
  /** Copied, and stored with the session. @default the stored configuration, or the defaults */
  configuration?: SessionConfiguration;
  /** Receives the session's events. Without a delegate and handlers, durable events wait for a page that has them. */
  delegate?: SessionDelegate;
  /** The completion handlers, by the names that tasks were given. @default {} */
  completionHandlers?: Readonly<Record<string, CompletionHandler>>;
  /** What to do if another tab owns the session. @default "observe" */
  onBusy?: OnBusy;
  /**
   * `"observer"`: this object never becomes the owner, also if nobody owns the session, and may be open beside others of
   * its identifier in the same page or worker. It is for code that makes tasks or watches them, and whose session is opened
   * elsewhere with delegate and handlers, such as the code of a worker's `fetch` event. `current()` does not return it.
   * @default what `onBusy` says
   */
  role?: "observer";
  /**
   * The worker's script (a URL, a `TrustedScriptURL`, or `{ url, type, scope, replace }`) or its registration. A script
   * replaces another script's worker only with `replace: true`. If there are no service workers, the page runs the script
   * in a worker of its own, which a registration does not allow.
   * @default for an observer, the worker of this page's last session of that identifier; otherwise the registration of the
   * page
   */
  serviceWorker?: DaemonLocation;
  /** Aborts the opening, which rejects with the signal's reason. Afterwards it has no effect. @default none */
  signal?: AbortSignal;
}

const OPEN_OPTIONS: ReadonlySet<string> = new Set<keyof OpenOptions>([
  "configuration",
  "delegate",
  "completionHandlers",
  "onBusy",
  "role",
  "serviceWorker",
  "signal",
]);

const DELEGATE_METHODS: ReadonlySet<string> = new Set<keyof SessionDelegate>([
  "didFinishDownloading",
  "didComplete",
  "didChangeTask",
  "didWriteData",
  "didSendBodyData",
  "didResumeAtOffset",
  "didFinishCollectingMetrics",
  "didReceiveChallenge",
  "willBeginDelayedRequest",
  "isWaitingForConnectivity",
  "didFinishEvents",
  "didBecomeOwner",
  "didBecomeInvalid",
]);

/**
 * Checks the options of `open`.
 * @returns the configuration to store, if one was given
 * @throws TypeError that says which one is wrong
 */
export function checkedOpenOptions(options: OpenOptions): StoredConfiguration | undefined {
  if (!isRecord(options as unknown))
    throw new TypeError("The options of BackgroundSession.open must be an object.");
  const unknown = Object.keys(options).find((name) => !OPEN_OPTIONS.has(name));
  if (unknown !== undefined)
    throw new TypeError(`"${unknown}" is not an option of BackgroundSession.open; is it misspelt?`);
  const { onBusy = "observe", completionHandlers = {}, delegate = {}, signal } = options;
  if (!["observe", "wait", "take-over", "fail"].includes(onBusy)) {
    throw new TypeError('onBusy must be "observe", "wait", "take-over" or "fail".');
  }
  if (options.role !== undefined && options.role !== "observer")
    throw new TypeError('role must be "observer" or absent.');
  if (signal !== undefined && !isA(signal, "AbortSignal"))
    throw new TypeError("signal must be an AbortSignal.");
  checkDelegate(delegate);
  if (!isRecord(completionHandlers as unknown))
    throw new TypeError("completionHandlers must be an object of functions by name.");
  const [name] =
    Object.entries(completionHandlers).find(([, handler]) => typeof handler !== "function") ?? [];
  if (name !== undefined) throw new TypeError(`completionHandlers["${name}"] must be a function.`);
  return options.configuration === undefined ? undefined : storedConfiguration(options.configuration);
}

/** Nobody would miss a misspelt method, and its events would count as delivered. */
function checkDelegate(delegate: unknown): void {
  if (!isRecord(delegate)) throw new TypeError("delegate must be an object with methods.");
  const name = Object.keys(delegate).find(
    (key) => /^(did|is|will)[A-Z]/.test(key) && !DELEGATE_METHODS.has(key),
  );
  if (name !== undefined) throw new TypeError(`delegate.${name} is not a delegate method; is it misspelt?`);
}
