import { describe, expect, it } from "vitest";
import type { TaskActivity, TaskSnapshot } from "../../../src/app/index.ts";
import { Formats } from "../../../src/elements/formats.ts";
import { chooseLanguage } from "../../../src/elements/messages/tables.ts";
import { rowView } from "../../../src/elements/row-view.ts";

/** What a running task says that waits, and has a date at which it goes on at the latest. */
function sentenceWhile(activity: TaskActivity): string {
  const task = {
    kind: "upload",
    state: "running",
    activity,
    attempts: 2,
    nextAttemptDate: new Date(Date.now() + 24_000),
    originalRequest: { url: "https://app.test/notes" },
    currentRequest: { url: "https://app.test/notes" },
    progress: {},
    description: "Note",
    countOfBytesSent: 0,
    countOfBytesExpectedToSend: 5,
  } as unknown as TaskSnapshot;
  const language = chooseLanguage(["en"]);
  const words = { messages: language.messages, formats: new Formats(language) };
  return rowView(task, undefined, words, Date.now()).sentence.replaceAll(/\s/g, " ");
}

describe("the sentence of a task that waits", () => {
  it.each<[TaskActivity, string]>([
    ["backing-off", "The server cannot do it now. Trying again in 24 sec"],
    ["waiting-for-network", "No answer. Trying again in 24 sec"],
    ["waiting-for-date", "Starts in 24 sec"],
    ["waiting-for-turn", "Starts in 24 sec"],
    ["needs-authorization", "Waiting for permission"],
    ["waiting-for-idle", "Waiting for a quiet moment"],
  ])("%s: %s", (activity, sentence) => {
    expect(sentenceWhile(activity)).toBe(sentence);
  });
});
