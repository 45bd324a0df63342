import type { BackgroundTransfers } from "../../src/elements/index.ts";
import type { Transfers } from "../transfers.ts";
import { byId } from "./template.ts";

/** A failed one that is retried has a successor; one that is removed is not wanted any more. */
const FORGETS: readonly string[] = ["retry", "remove"];

/** Connects a panel of the page: what leaves its list leaves the library, too. */
export function connectPanel(
  id: string,
  transfers: Pick<Transfers, "remove">,
  onError: (error: unknown) => void,
  signal: AbortSignal,
): BackgroundTransfers {
  const panel = byId(id, HTMLElement) as BackgroundTransfers;
  panel.addEventListener(
    "transfer-action",
    ({ detail: { action, tasks } }) => {
      if (FORGETS.includes(action)) void transfers.remove(tasks.map((task) => task.id)).catch(onError);
    },
    { signal },
  );
  return panel;
}

/** What was started may be out of sight: the panel comes into view, unless it is there. */
export function reveal(panel: HTMLElement): void {
  const { top, bottom } = panel.getBoundingClientRect();
  if (top >= innerHeight || bottom <= 0) panel.scrollIntoView({ block: "nearest" });
}
