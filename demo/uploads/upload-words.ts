import type { BackgroundTask } from "../../src/app/index.ts";

/** Replaces the sentences that differ between uploads and downloads. */
export function uploadSentence({ state, activity }: BackgroundTask, sentence: string): string {
  if (state === "completed") return "Keeping the answer";
  if (state !== "running") return sentence;
  if (activity === "connecting" || activity === "transferring") return "Sending";
  return activity === "finishing" ? "Receiving the answer" : sentence;
}
