import type { BackgroundTask } from "../../src/app/index.ts";

/** What is another word for an upload than for a download. */
export function uploadSentence({ state, activity }: BackgroundTask, sentence: string): string {
  if (state === "completed") return "Keeping the answer";
  if (state !== "running") return sentence;
  if (activity === "connecting" || activity === "transferring") return "Sending";
  return activity === "finishing" ? "Receiving the answer" : sentence;
}
