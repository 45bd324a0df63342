import type { SessionRow } from "../store/schema.ts";
import type { Said } from "./ask-workers.ts";
import type { WorkerVersionPicture } from "./picture.ts";

/**
 * Returns the versions of the workers of a scope: as they say themselves or, if the active one is stopped, as it said to
 * the pages that have stored it.
 */
export function workerVersions(
  said: Said,
  registration: Partial<ServiceWorkerRegistration>,
  sessions: readonly SessionRow[],
): WorkerVersionPicture[] {
  const { active, waiting } = registration;
  const met = sessions.flatMap(({ daemon }) =>
    active && daemon?.script === active.scriptURL ? (daemon.greeting?.library ?? []) : [],
  );
  const stored = { active: [...new Set(met)].join(" or "), waiting: "" };
  const isThere = { active: active || said.active, waiting };
  return (["active", "waiting"] as const)
    .filter((worker) => isThere[worker])
    .map((worker) => ({
      worker,
      library: said[worker]?.library || stored[worker] || "unknown",
      protocol: said[worker]?.versions,
      isRunning: said[worker] !== undefined,
    }));
}
