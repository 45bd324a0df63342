/** Registers the app's worker; undefined where there are no service workers, of which the library says why. */
export async function registerWorker(): Promise<ServiceWorkerRegistration | undefined> {
  const container = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  // The dev server has it as a module, the build as one classic script.
  if (import.meta.env.DEV) return container?.register("/sw.ts", { type: "module" });
  return container?.register("/sw.js");
}
