/** The steps of the tour, in their order. */
export const STEPS = ["start", "close", "back"] as const;

export type Step = (typeof STEPS)[number];
export type StepState = "done" | "current" | "ahead";

export interface TourFacts {
  /** How many transfers have not ended. */
  readonly unfinished: number;
  /** How many have ended since this page was opened. */
  readonly ended: number;
  /** Something ended while no page was open. */
  readonly isBack: boolean;
}

/** Returns how far the user is with each step: a pure function of what is known. */
export function stepStates({ unfinished, isBack }: TourFacts): Readonly<Record<Step, StepState>> {
  if (unfinished > 0) return { start: "done", close: "current", back: "ahead" };
  if (isBack) return { start: "done", close: "done", back: "done" };
  return { start: "current", close: "ahead", back: "ahead" };
}

/** What is said below the button that starts. */
export function startWords({ unfinished, ended }: TourFacts): string {
  if (unfinished > 0) return `${unfinished === 1 ? "1 is" : `${unfinished} are`} under way.`;
  return ended > 0 ? "All done. That was with the page open: start again, and close it." : "";
}
