import { describe, expect, it } from "vitest";
import { taskSnapshot } from "../../../../src/app/tasks/task-snapshot.ts";
import type { TaskInfo } from "../../../../src/protocol/task-info.ts";
import { taskInfoOf } from "../../../../src/store/task-info-of.ts";
import { taskRow } from "../../../support/task-row.ts";

describe("the progress of a task", () => {
  const progressOf = (change: Partial<TaskInfo>) =>
    taskSnapshot({} as never, { ...taskInfoOf(taskRow()), ...change }).progress;

  it.each<[string, Partial<TaskInfo>, object]>([
    [
      "a download under way: the bytes that are left at its speed",
      { bytesReceived: 400, bytesExpectedToReceive: 1_000, bytesPerSecond: 200 },
      { fraction: 0.4, bytesPerSecond: 200, secondsLeft: 3 },
    ],
    [
      "one whose speed is not known yet",
      { bytesReceived: 400, bytesExpectedToReceive: 1_000 },
      { fraction: 0.4, bytesPerSecond: undefined, secondsLeft: undefined },
    ],
    [
      "one that stands still",
      { bytesReceived: 400, bytesExpectedToReceive: 1_000, bytesPerSecond: 0 },
      { fraction: 0.4, bytesPerSecond: 0, secondsLeft: undefined },
    ],
    [
      "one of unknown length",
      { bytesReceived: 400, bytesExpectedToReceive: -1, bytesPerSecond: 200 },
      { fraction: undefined, bytesPerSecond: 200, secondsLeft: undefined },
    ],
    [
      "one whose length the app has guessed, too small",
      { bytesReceived: 400, bytesExpectedToReceive: -1, clientExpectsToReceive: 300, bytesPerSecond: 200 },
      { fraction: 1, bytesPerSecond: 200, secondsLeft: 0 },
    ],
    [
      "an upload in several requests: what the server has",
      {
        kind: "upload",
        state: "running",
        uploadProtocol: "tus",
        bytesSent: 250,
        bytesExpectedToSend: 1_000,
        bytesPerSecond: 250,
      },
      { fraction: 0.25, bytesPerSecond: 250, secondsLeft: 3 },
    ],
    [
      "an upload in one request: the platform does not tell",
      { kind: "upload", state: "running", bytesExpectedToSend: 1_000, bytesPerSecond: 250 },
      { fraction: undefined, bytesPerSecond: 250, secondsLeft: undefined },
    ],
    [
      "one that succeeded, of unknown length",
      { state: "completed", bytesReceived: 400, bytesExpectedToReceive: -1 },
      { fraction: 1, bytesPerSecond: undefined, secondsLeft: undefined },
    ],
    [
      "one that failed, of unknown length",
      {
        state: "completed",
        bytesReceived: 400,
        bytesExpectedToReceive: -1,
        failure: { code: "network-lost", message: "" },
      },
      { fraction: undefined, bytesPerSecond: undefined, secondsLeft: undefined },
    ],
  ])("of %s", (_, change, progress) => {
    expect(progressOf(change)).toEqual(progress);
  });
});
