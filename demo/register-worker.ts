import type { DaemonScript } from "../src/app/index.ts";

/** The dev server serves it as a module, the build as one classic script. */
export const WORKER_SCRIPT: DaemonScript = import.meta.env.DEV
  ? { url: "/sw.ts", type: "module" }
  : { url: "/sw.js" };

/** Registers the app's worker; undefined without service workers, in which case the library runs its script. */
export async function registerWorker(): Promise<ServiceWorkerRegistration | undefined> {
  const container = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  const { url, ...options } = WORKER_SCRIPT;
  return container?.register(url, options);
}
