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
  it("speaks of the task by its description, or by its id where it has none", () => {
    expect(titleOf({})).toBe("Episode 42 is ready");
    expect(titleOf({ description: undefined })).toBe("task is ready");
  });

  it("takes a description as it is, whatever it looks like", () => {
    expect(titleOf({ description: "$& {description}" })).toBe("$& {description} is ready");
  });

  it("tells failures and answers of 400 or more in their own words", () => {
    const failure = { code: "network-lost", message: "" } as const;
    expect(titleOf({ failure })).toBe("Episode 42 failed");
    expect(titleOf({ response: { ...HEAD, status: 404 } })).toBe("Episode 42 failed");
    expect(titleOf({ response: { ...HEAD, status: 302 } })).toBe("Episode 42 is ready");
  });

  it("says nothing of what nobody asked for, of failures without words, and of what the user brought about", () => {
    const failure = { code: "network-lost", message: "" } as const;
    expect(titleOf({ notification: undefined })).toBeUndefined();
    expect(titleOf({ notification: { title: "ready" }, failure })).toBeUndefined();
    for (const code of ["cancelled", "user-cancelled"] as const) {
      expect(titleOf({ failure: { code, message: "" } })).toBeUndefined();
    }
  });

  it("of one tag there is one notification, and each task has its own where nothing else is said", () => {
    const tags = (["a", "b"] as const).map(
      (key) => notificationOf(taskRow({ key, notification: TEXTS }))?.options.tag,
    );
    expect(new Set(tags).size).toBe(2);
    const shared = taskRow({ notification: { ...TEXTS, tag: "episodes" } });
    expect(notificationOf(shared)?.options.tag).toBe("background-session:episodes");
  });
});
