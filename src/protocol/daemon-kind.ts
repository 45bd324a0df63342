/**
 * Where the daemon runs: `"service-worker"`, or, where the browser has none here, `"page"`: in a worker that lives only
 * as long as a page of the app does.
 */
export type DaemonKind = "service-worker" | "page";
