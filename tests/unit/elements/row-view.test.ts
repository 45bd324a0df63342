import { describe, expect, it } from "vitest";
import type { TaskActivity, TaskSnapshot } from "../../../src/app/index.ts";
import { Formats } from "../../../src/elements/formats.ts";
import { chooseLanguage } from "../../../src/elements/messages/tables.ts";
import { type RowView, rowView } from "../../../src/elements/row-view.ts";
import { TRANSPORT_REASONS, type TransportReason } from "../../../src/protocol/background-fetch.ts";

const language = chooseLanguage(["en"]);
const words = { messages: language.messages, formats: new Formats(language) };

/** What the row of a running upload shows, which has a date at which it goes on at the latest. */
function viewOf(more: Partial<TaskSnapshot>): RowView {
  const task = {
    kind: "upload",
    state: "running",
    attempts: 2,
    nextAttemptDate: new Date(Date.now() + 24_000),
    originalRequest: { url: "https://app.test/notes" },
    currentRequest: { url: "https://app.test/notes" },
    progress: {},
    description: "Note",
    countOfBytesSent: 0,
    countOfBytesExpectedToSend: 5,
    ...more,
  } as unknown as TaskSnapshot;
  return rowView(task, undefined, words, Date.now());
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
    expect(viewOf({ activity }).sentence.replaceAll(/\s/g, " ")).toBe(sentence);
  });
});

describe("which way the bytes take, and why", () => {
  const byApp = "By the app while it is open · app.test";
  const byAppAlone = "By the app while it is open · The browser cannot do it alone · app.test";
  const byBrowser = "By the browser, even if you leave · app.test";
  const sourceOf = (reason: TransportReason, more: Partial<TaskSnapshot> = {}) =>
    viewOf({ activity: "transferring", transport: { way: "worker", reason }, ...more }).source;

  it.each(TRANSPORT_REASONS)("the worker, because %s", (reason) => {
    const isChoice = ["page-open", "no-page", "asked-for"].includes(reason);
    expect(sourceOf(reason)).toBe(isChoice ? byApp : byAppAlone);
  });

  it.each(TRANSPORT_REASONS)("the browser, because %s", (reason) => {
    for (const activity of ["none", "connecting", "transferring"] as const)
      expect(sourceOf(reason, { activity, transport: { way: "background-fetch", reason } })).toBe(byBrowser);
  });

  it("nothing is said of a task that waits, has ended, is a data task, or has no transport yet", () => {
    for (const more of [
      { activity: "waiting-for-turn" },
      { state: "suspended", activity: "none" },
      { state: "completed", activity: "none" },
      { kind: "data" },
      { transport: undefined },
    ] satisfies Partial<TaskSnapshot>[])
      expect(sourceOf("page-open", more)).toBe("app.test");
  });
});
