import { describe, expect, it } from "vitest";
import { isNotice } from "../../../src/protocol/notices.ts";
import { taskInfoOf } from "../../../src/store/task-info-of.ts";
import { taskRow } from "../../support/task-row.ts";

const info = taskInfoOf(taskRow());
const offer = { id: "background-session:1", options: {}, tasks: [{ request: info.request }] };

describe("isNotice", () => {
  it.each<[string, object]>([
    [
      "tasks",
      { type: "tasks", session: "session", tasks: [info, { ...info, failure: { code: "expired" } }] },
    ],
    ["no tasks", { type: "tasks", session: "session", tasks: [] }],
    ["a resumption", { type: "resumed", session: "session", key: "key", offset: 5 }],
    ["events", { type: "events", session: "session" }],
    ["an offer", { type: "fetch-offer", offer }],
    ["a withdrawn offer", { type: "fetch-offer", offer: undefined }],
    ["a deletion", { type: "session-deleted", session: "session" }],
    ["a start", { type: "daemon-started" }],
  ])("accepts %s", (_, notice) => {
    expect(isNotice(structuredClone(notice))).toBe(true);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a list", [{ type: "daemon-started" }]],
    ["a notice of a newer daemon", { type: "moved", session: "session" }],
    ["the name of an inherited property", { type: "constructor", session: "session" }],
    ["events without a session", { type: "events" }],
    ["tasks that are null", { type: "tasks", session: "session", tasks: null }],
    ["a hole among the tasks", { type: "tasks", session: "session", tasks: Array(1) }],
    ["a task of another session", { type: "tasks", session: "other", tasks: [info] }],
    ["a task without a request", { type: "tasks", session: "session", tasks: [{ ...info, request: null }] }],
    [
      "a task in an unknown state",
      { type: "tasks", session: "session", tasks: [{ ...info, state: "lost" }] },
    ],
    [
      "a task with a string as a count",
      { type: "tasks", session: "session", tasks: [{ ...info, bytesSent: "1" }] },
    ],
    [
      "a failure that is a string",
      { type: "tasks", session: "session", tasks: [{ ...info, failure: "lost" }] },
    ],
    ["a resumption without an offset", { type: "resumed", session: "session", key: "key" }],
    ["an offer of a null task", { type: "fetch-offer", offer: { ...offer, tasks: [null] } }],
    ["an offer without options", { type: "fetch-offer", offer: { id: "1", tasks: [] } }],
  ])("ignores %s", (_, data) => {
    expect(isNotice(data)).toBe(false);
  });
});
