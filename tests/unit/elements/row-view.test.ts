import { describe, expect, it } from "vitest";
import type { TaskActivity, TaskSnapshot } from "../../../src/app/index.ts";
import { Formats } from "../../../src/elements/formats.ts";
import { chooseLanguage } from "../../../src/elements/messages/tables.ts";
import { type RowView, rowView } from "../../../src/elements/row-view.ts";
import { TRANSPORT_REASONS, type TransportReason } from "../../../src/protocol/background-fetch.ts";
import { SessionError } from "../../../src/protocol/session-error.ts";

const language = chooseLanguage(["en"]);
const words = { messages: language.messages, formats: new Formats(language.tag) };

/** What the row of a running upload shows, which has a date at which it goes on at the latest. */
function viewOf(more: Partial<TaskSnapshot>): RowView {
  const task = {
    kind: "upload",
    state: "running",
    attempts: 2,
    nextAttemptDate: new Date(Date.now() + 24_000),
    originalRequest: { url: "https://app.test/notes", headers: {} },
    currentRequest: { url: "https://app.test/notes", headers: {} },
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
    const view = viewOf({ activity });
    expect((view.sentence + view.countdown).replaceAll(/\s/g, " ")).toBe(sentence);
    // It describes the button "Try now": a screen reader would say each change of it.
    expect(view.sentence).not.toMatch(/\d/);
  });
});

describe("which way the bytes take, and why", () => {
  const byApp = "By the app while it is open";
  const byBrowser = "By the browser, even if you leave · app.test";
  const sourceOf = (reason: TransportReason, more: Partial<TaskSnapshot> = {}) => {
    const { source, host } = viewOf({
      activity: "transferring",
      transport: { way: "worker", reason },
      ...more,
    });
    return source + host;
  };

  const WHYS: Readonly<Record<string, readonly TransportReason[]>> = {
    "Then perhaps by the browser": ["page-open"],
    "The browser cannot do it alone": [
      "not-supported",
      "data-task",
      "under-way",
      "not-repeatable",
      "body-on-disk",
      "turned-back",
      "request-mode",
    ],
    "The server allows no other way": ["unknown-length", "no-strong-etag", "preflight", "credentials"],
    "Little is left": ["little-left"],
    "The app prepares each request": ["will-send"],
    "The app wants it so": ["asked-for", "network-constraints"],
    "The browser allows no more now": ["refused", "too-many", "not-allowed"],
    "In several parts": ["upload-protocol"],
  };

  it.each(TRANSPORT_REASONS)("the worker, because %s", (reason) => {
    const why = Object.keys(WHYS).find((text) => WHYS[text]?.includes(reason));
    if (why === undefined) expect(["no-page", "page-hidden", "page-leaving"]).toContain(reason);
    expect(sourceOf(reason)).toBe([byApp, ...(why === undefined ? [] : [why]), "app.test"].join(" · "));
  });

  it("a reason of a later version is not said", () => {
    expect(sourceOf("of-tomorrow" as TransportReason)).toBe(`${byApp} · app.test`);
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

  it("of a task that has ended: when", () => {
    const finishedAt = new Date(2026, 0, 31, 13, 5);
    const source = sourceOf("page-open", { state: "completed", activity: "none", finishedAt });
    expect(source.replaceAll(/\s/g, " ")).toBe("1/31/26, 1:05 PM · app.test");
  });
});

describe("what is shown of bytes", () => {
  const shown = (more: Partial<TaskSnapshot>) => {
    const { sentence, figures, progress } = viewOf({ activity: "connecting", ...more });
    return [sentence, figures.replaceAll(/\s/g, " "), progress];
  };

  it("of a body whose sending browsers do not show: its size, and that it is being sent", () => {
    const size = { countOfBytesExpectedToSend: 3_000_000, progress: { fraction: 0 } as never };
    expect(shown(size)).toEqual(["Uploading", "3.0 MB", "unknown"]);
    expect(shown({ ...size, kind: "data", countOfBytesExpectedToReceive: -1 })).toEqual([
      "Sending",
      "",
      "unknown",
    ]);
  });

  it("of a download that has not begun, its size; of one that has, how much of it", () => {
    const size = {
      kind: "download",
      countOfBytesExpectedToReceive: 1,
      progress: { fraction: 0 } as never,
    } as const;
    expect(shown({ ...size, countOfBytesReceived: 0 })).toEqual(["Connecting", "1 byte", "unknown"]);
    const half = { ...size, countOfBytesExpectedToReceive: 2, progress: { fraction: 0.5 } as never };
    expect(shown({ ...half, countOfBytesReceived: 1 })).toEqual(["Connecting", "1 byte of 2 bytes", 0.5]);
  });
});

describe("what can be done with a task that has failed", () => {
  it.each([
    ["upload", "cancelled", undefined],
    ["download", "cancelled", "retry"],
    ["upload", "file-missing", undefined],
    ["data", "file-missing", undefined],
    ["data", "expired", undefined],
    ["upload", "expired", undefined],
    ["upload", "timed-out", "retry"],
    ["upload", "storage-lost", "retry"],
  ] as const)("%s, %s: %s", (kind, code, action) => {
    const error = new SessionError(code, "");
    expect(viewOf({ kind, state: "completed", error }).actions).toEqual([action, undefined, "remove"]);
  });

  it("an upload that was cancelled with resume data can be retried", () => {
    const error = new SessionError("cancelled", "", { resumeData: {} as never });
    expect(viewOf({ state: "completed", error }).actions[0]).toBe("retry");
  });
});
