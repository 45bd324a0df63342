import type { TaskActivity } from "../protocol/task-state.ts";
import type { TaskRow } from "../store/schema.ts";
import type { WaitingPicture } from "./picture.ts";

/**
 * Returns what a task waits for as far as the disk says: for a worker that is stopped. The order is that in which the
 * daemon looks for a reason.
 */
export function activityOnDisk(
  { state, hold, isReceived }: TaskRow,
  waiting: WaitingPicture,
  { now, isOnline }: { readonly now: number; readonly isOnline: boolean },
): TaskActivity {
  if (state !== "running") return "none";
  if (waiting.heldBy !== undefined) return "queue-held";
  if (waiting.behind !== undefined) return "waiting-for-queue";
  if (waiting.dependsOn.length > 0) return "waiting-for-tasks";
  if ((waiting.notBefore ?? 0) > now) return "waiting-for-date";
  if (!isOnline && !isReceived) return "waiting-for-network";
  if (hold !== undefined) return "needs-authorization";
  return (waiting.retryAt ?? 0) > now ? "backing-off" : "waiting-for-daemon";
}
