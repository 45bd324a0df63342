import { describe, expect, it } from "vitest";
import { Timeline } from "../../../src/inspector/element/timeline.ts";
import type { Picture, TaskPicture } from "../../../src/inspector/picture.ts";

const TASK = {
  key: "key",
  id: "id",
  session: "session",
  state: "running",
  activity: "connecting",
  kind: "download",
  request: { url: "https://app.test/", headers: {} },
  createdAt: 1,
  attempts: 1,
  bytesReceived: 0,
  bytesSent: 0,
  metrics: [],
} as unknown as TaskPicture;

function picture(takenAt: number, task: Partial<TaskPicture>, startedAt?: number): Picture {
  const worker = { isAnswering: startedAt !== undefined, startedAt };
  const log = [
    { at: 6, level: "info", message: "tried", session: "session", taskId: "id" },
    { at: 6, level: "info", message: "another task", session: "session", taskId: "other" },
    { at: 8, level: "info", message: "the launch is over", session: "session" },
    { at: 8, level: "info", message: "another session", session: "other" },
  ];
  const launches = [
    { session: "session", begunAt: 6, tries: 2 },
    { session: "other", begunAt: 6, tries: 1 },
  ];
  return { takenAt, worker, log, launches, tasks: [{ ...TASK, ...task }] } as unknown as Picture;
}

describe("a timeline", () => {
  it("has what was stored, what was logged, and what changed from one picture to the next, in order", () => {
    const timeline = new Timeline();
    timeline.see(picture(5, {}, 4));
    timeline.see(picture(7, { activity: "transferring", bytesReceived: 10 }, 4));
    timeline.see(picture(8, { activity: "transferring", bytesReceived: 10 }, 4));
    timeline.see(picture(9, { activity: "transferring", bytesReceived: 10 }));
    const last = picture(11, { activity: "transferring", bytesReceived: 10, attempts: 2 }, 10);
    timeline.see(last);
    const [task] = last.tasks;
    expect(timeline.of(task as TaskPicture, last).map(({ at, text }) => `${at} ${text}`)).toEqual([
      "1 made",
      "5 It is not waiting: it has sent its request to app.test, which has not answered yet.",
      "6 the app was launched, try 2",
      "6 log, info: tried",
      "7 10 bytes received",
      "7 It is not waiting: it is being transferred (10 bytes at the last checkpoint).",
      "8 log, info: the launch is over",
      "9 the worker stopped",
      "11 the worker started",
      "11 attempt 2",
    ]);
  });
});
