import { isRecord } from "../../protocol/checks.ts";
import { isA } from "../../protocol/platform-objects.ts";
import { baseUrl } from "../base-url.ts";

/** The script of the daemon's worker, if there is more to say about it than its URL. */
export interface DaemonScript extends RegistrationOptions {
  url: string | URL;
  /**
   * Registers the script even if its scope has the worker of another script. That worker is then gone, with its caches
   * and everything it does for the site. A script that this library registered is always replaced. @default false
   */
  replace?: boolean;
}

/** The place of the daemon: the script of its worker, a registration, or (absent) the registration of the page. */
export type DaemonLocation = string | URL | DaemonScript | ServiceWorkerRegistration | undefined;

/** A script as it is registered. */
export interface Script {
  readonly url: URL;
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
  const given = typeof location === "string" || isA(location, "URL") ? { url: location } : location;
  if (isRecord(given) && "active" in given) return undefined;
  if (!isRecord(given) || !("url" in given)) {
    throw new TypeError(
      "serviceWorker must be the URL of a script, { url, type, scope, replace }, or a registration: await register().",
    );
  }
  const { url: address, replace, ...options } = given as unknown as DaemonScript;
  const url = new URL(address, baseUrl());
  const scope = new URL(options.scope ?? ".", options.scope === undefined ? url : baseUrl());
  return { url, scope: scope.href, options, replace };
}

export function pathOf(url: string): string {
  return new URL(url).pathname;
}
