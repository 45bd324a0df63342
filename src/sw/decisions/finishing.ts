import type { TaskRow } from "../../store/schema.ts";
import type { TaskChange } from "../../store/tasks.ts";

/** A step between the last byte and the end of a task. */
export type FinishingStep = "verify" | "place";

interface StepRule {
  readonly step: FinishingStep;
  readonly isNeeded: (row: TaskRow) => boolean;
  /** What the row remembers of it. A stop before that does the whole step again, from the bytes on disk. */
  readonly done: TaskChange;
}

/** In this order. */
const STEPS: readonly StepRule[] = [
  {
    step: "verify",
    isNeeded: ({ request, isVerified }) => request.integrity !== "" && !isVerified,
    done: { isVerified: true },
  },
  {
    step: "place",
    isNeeded: ({ destination, isPlaced }) => destination !== undefined && !isPlaced,
    // The bytes are deleted with this change: there are never two copies of them for longer than the step takes.
    done: { isPlaced: true, file: undefined },
  },
];

function nextRule(row: TaskRow): StepRule | undefined {
  const { status = 0 } = row.response ?? {};
  // The body of an error answer is not the file.
  return status >= 200 && status <= 299 ? STEPS.find(({ isNeeded }) => isNeeded(row)) : undefined;
}

/** Returns what a task whose body is on disk needs next; undefined if it is complete. */
export function nextStep(row: TaskRow): FinishingStep | undefined {
  return nextRule(row)?.step;
}

/** Returns what changes in the row when the step that was next is done. */
export function afterStep(row: TaskRow): TaskChange {
  return nextRule(row)?.done ?? {};
}
