import type { BackgroundTask, ChallengeAnswer } from "background-session";
import type { AppsAnswer } from "../task-plan.ts";
import { refuses } from "./journal.ts";

/** Answers a challenge as planned. "silence" never settles, once: the page or the worker has to die first. */
export async function answerChallenge(
  { originalRequest }: BackgroundTask,
  uid: string,
  planned: AppsAnswer,
): Promise<ChallengeAnswer> {
  if (planned === "silence" && (await refuses(uid, "silence", 1))) return new Promise(() => {});
  if (planned === "wait") return "wait";
  const renewed = await fetch("/renew", { method: "POST" }).catch(() => undefined);
  if (!renewed?.ok) return "wait";
  if (planned !== "sign") return "continue";
  const url = new URL(originalRequest.url);
  url.searchParams.set("signature", await renewed.text());
  return { request: url.href };
}
