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
    ["an offer that is taken back", { type: "fetch-offer", offer: undefined }],
    ["a deletion", { type: "session-deleted", session: "session" }],
    ["a start", { type: "daemon-started" }],
  ])("takes %s", (_, notice) => {
    expect(isNotice(structuredClone(notice))).toBe(true);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a list", [{ type: "daemon-started" }]],
    ["what a newer daemon may say", { type: "moved", session: "session" }],
    ["what every object has", { type: "constructor", session: "session" }],
    ["events of no session", { type: "events" }],
    ["tasks that are none", { type: "tasks", session: "session", tasks: null }],
    ["a hole among the tasks", { type: "tasks", session: "session", tasks: Array(1) }],
    ["a task of another session", { type: "tasks", session: "other", tasks: [info] }],
    ["a task without a request", { type: "tasks", session: "session", tasks: [{ ...info, request: null }] }],
    ["a task in no state", { type: "tasks", session: "session", tasks: [{ ...info, state: "lost" }] }],
    ["a task without counts", { type: "tasks", session: "session", tasks: [{ ...info, bytesSent: "1" }] }],
    ["a failure in words", { type: "tasks", session: "session", tasks: [{ ...info, failure: "lost" }] }],
    ["a resumption at no place", { type: "resumed", session: "session", key: "key" }],
    ["an offer of nothing", { type: "fetch-offer", offer: { ...offer, tasks: [null] } }],
    ["an offer without options", { type: "fetch-offer", offer: { id: "1", tasks: [] } }],
  ])("leaves %s alone", (_, data) => {
    expect(isNotice(data)).toBe(false);
  });
});
