import type { BackgroundTask } from "../src/app/index.ts";
import type { Launch } from "./library/timeline-entry.ts";

/** Whether a task ended while no page was open: its end is delivered to a worker, or to a page that opened later. */
export function endedWhileAway({ finishedAt }: BackgroundTask, place: Launch["place"]): boolean {
  return place === "worker" || (finishedAt !== undefined && finishedAt.getTime() < performance.timeOrigin);
}
