import type { AdoptedQueue } from "background-session/workbox";
import { note } from "./journal.ts";

/** Notes in the test app's journal what a worker has adopted. */
export function noteAdopted({ adopted, expired, left }: AdoptedQueue): void {
  const context = { adopted, expired, left: left.map(({ error }) => error.message) };
  void note({ type: "handler", eventId: "", id: "adopted", context });
}
