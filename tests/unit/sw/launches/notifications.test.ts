import { describe, expect, it } from "vitest";
import { notificationOf } from "../../../../src/sw/launches/notifications.ts";
import { type RowOptions, taskRow } from "../../../support/task-row.ts";

const TEXTS = { title: "{description} is ready", failureTitle: "{description} failed" };
const HEAD = { url: "https://app.test/file", statusText: "", headers: {}, redirected: false };

function titleOf(options: RowOptions): string | undefined {
  return notificationOf(taskRow({ id: "task", description: "Episode 42", notification: TEXTS, ...options }))
    ?.title;
}

describe("notificationOf", () => {
  it("names the task by its description, or by its id if it has none", () => {
    expect(titleOf({})).toBe("Episode 42 is ready");
    expect(titleOf({ description: undefined })).toBe("task is ready");
  });

  it("inserts a description as it is, whatever it contains", () => {
    expect(titleOf({ description: "$& {description}" })).toBe("$& {description} is ready");
  });

  it("has its own title for failures and for statuses of 400 or more", () => {
    const failure = { code: "network-lost", message: "" } as const;
    expect(titleOf({ failure })).toBe("Episode 42 failed");
    expect(titleOf({ response: { ...HEAD, status: 400 } })).toBe("Episode 42 failed");
    expect(titleOf({ response: { ...HEAD, status: 399 } })).toBe("Episode 42 is ready");
  });

  it("is none if the app wants none, if a failure has no title, or if the user caused the end", () => {
    const failure = { code: "network-lost", message: "" } as const;
    expect(titleOf({ notification: undefined })).toBeUndefined();
    expect(titleOf({ notification: { title: "ready" }, failure })).toBeUndefined();
    for (const code of ["cancelled", "user-cancelled"] as const) {
      expect(titleOf({ failure: { code, message: "" } })).toBeUndefined();
    }
  });

  it("is one per tag, and by default each task has a tag of its own", () => {
    const tags = (["a", "b"] as const).map(
      (key) => notificationOf(taskRow({ key, notification: TEXTS }))?.options.tag,
    );
    expect(new Set(tags).size).toBe(2);
    const shared = taskRow({ notification: { ...TEXTS, tag: "episodes" } });
    expect(notificationOf(shared)?.options.tag).toBe("background-session:episodes");
  });
});
