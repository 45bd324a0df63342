import { isRecord } from "../../protocol/checks.ts";
import { isA } from "../../protocol/platform-objects.ts";
import { baseUrl } from "../base-url.ts";

/**
 * What a Trusted Types policy made, if the types of the app know of it: those of the DOM or `@types/trusted-types`. It is
 * `never` otherwise.
 */
type TrustedScriptURL = Globals extends { TrustedScriptURL: { prototype: infer Trusted } } ? Trusted : never;
type Globals = typeof globalThis extends { window: infer Window } ? Window : typeof globalThis;

/** The script of the daemon's worker, if there is more to say about it than its URL. */
export interface DaemonScript extends RegistrationOptions {
  /** Relative to the document, and of its origin, as for `navigator.serviceWorker.register()`. */
  url: string | URL | TrustedScriptURL;
  /**
   * Registers the script even if its scope has the worker of another script. That worker is then gone, with its caches
   * and everything it does for the site. A script that this library registered is always replaced. @default false
   */
  replace?: boolean;
}

/** The place of the daemon: the script of its worker, a registration, or (absent) the registration of the page. */
export type DaemonLocation =
  | string
  | URL
  | TrustedScriptURL
  | DaemonScript
  | ServiceWorkerRegistration
  | undefined;

/** A script as it is registered. */
export interface Script {
  readonly url: URL;
  /** What is given to the browser: a URL that is parsed is no longer trusted. */
  readonly address: string | URL;
  readonly scope: string;
  readonly options: RegistrationOptions;
  readonly replace: boolean | undefined;
}

/**
 * Returns the script that the app gave, if it gave one.
 * @throws TypeError if a daemon cannot be found by what it gave
 */
export function scriptAt(location: DaemonLocation): Script | undefined {
  if (location === undefined || baseUrl() === undefined) return undefined;
  const isUrl = typeof location === "string" || isA(location, "URL") || isA(location, "TrustedScriptURL");
  const given = isUrl ? { url: location } : location;
  if (isRecord(given) && "active" in given) return undefined;
  if (!isRecord(given) || !("url" in given)) {
    throw new TypeError(
      "serviceWorker must be the URL of a script, { url, type, scope, replace }, or a registration: await register().",
    );
  }
  const { url: address, replace, ...options } = given as unknown as DaemonScript;
  const url = new URL(address, baseUrl());
  const scope = new URL(options.scope ?? ".", options.scope === undefined ? url : baseUrl());
  const isTrusted = isA(address, "TrustedScriptURL");
  return { url, address: isTrusted ? address : url, scope: scope.href, options, replace };
}

export function pathOf(url: string): string {
  return new URL(url).pathname;
}
