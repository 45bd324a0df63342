import { isRecord } from "../../protocol/checks.ts";

/** The script of the daemon's worker, if there is more to say about it than its URL. */
export interface DaemonScript extends RegistrationOptions {
  url: string | URL;
  /**
   * Registers the script even if its scope has the worker of another script. That worker is then gone, with its caches
   * and everything it does for the site. A script that this library registered is always replaced. @default false
   */
  replace?: boolean;
}

/** Where the daemon is: the script of its worker, a registration, or (absent) the registration of the page. */
export type DaemonLocation = string | URL | DaemonScript | ServiceWorkerRegistration | undefined;

/** A script as it is registered. */
export interface Script {
  readonly url: URL;
  readonly scope: string;
  readonly options: RegistrationOptions;
  readonly mayReplace: boolean;
}

/**
 * Returns the script that the app gave, if it gave one.
 * @throws TypeError if a daemon cannot be found by what it gave
 */
export function scriptAt(location: DaemonLocation): Script | undefined {
  if (location === undefined || typeof globalThis.location === "undefined") return undefined;
  const given = typeof location === "string" || isRecord(location) ? location : {};
  // A URL may come from another realm.
  const isBare = typeof given === "string" || "href" in given;
  if (!isBare && !("url" in given)) {
    if ("active" in given) return undefined;
    throw new TypeError(
      "serviceWorker must be the URL of a script, { url, type, scope, replace }, or a registration: await register().",
    );
  }
  const base = globalThis.document?.baseURI ?? globalThis.location.href;
  const {
    url: address,
    replace: mayReplace = false,
    ...options
  } = isBare ? { url: String(given) } : (given as DaemonScript);
  const url = new URL(address, base);
  const scope = options.scope === undefined ? new URL(".", url) : new URL(options.scope, base);
  return { url, scope: scope.href, options, mayReplace };
}

export function pathOf(url: string): string {
  return new URL(url).pathname;
}
