/**
 * The place where the daemon runs: `"service-worker"`, or `"page"` if the browser has no service workers here: in a worker
 * that lives only as long as a page of the app.
 */
export type DaemonKind = "service-worker" | "page";
