import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { NoticeReader } from "../../../../src/app/events/notice-reader.ts";
import { TaskRegistry } from "../../../../src/app/tasks/task-registry.ts";
import type { TaskInfo } from "../../../../src/protocol/task-info.ts";
import { taskInfoOf } from "../../../../src/store/task-info-of.ts";
import { macrotasks } from "../../../support/fake-world.ts";
import { type RowOptions, taskRow } from "../../../support/task-row.ts";

describe("what a session hears of its daemon", () => {
  let tasks: TaskRegistry;
  let heard: string[];
  let reader: NoticeReader;
  let isDelivering: boolean;
  beforeEach(() => {
    tasks = new TaskRegistry({} as never);
    heard = [];
    isDelivering = true;
    // What a delegate throws is reported on the console.
    vi.spyOn(console, "error");
    reader = readerFor({
      didWriteData: ({ id, countOfBytesReceived }) => void heard.push(`wrote ${id} ${countOfBytesReceived}`),
      didSendBodyData: ({ id, countOfBytesSent }) => void heard.push(`sent ${id} ${countOfBytesSent}`),
      isWaitingForConnectivity: ({ id }) => void heard.push(`waits ${id}`),
      didResumeAtOffset: ({ id }, offset) => void heard.push(`resumed ${id} ${offset}`),
    });
    reader.begin();
  });

  afterEach(async () => {
    await macrotasks(1);
    expect(console.error).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  function readerFor(delegate: ConstructorParameters<typeof NoticeReader>[0]["delegate"]): NoticeReader {
    return new NoticeReader({
      session: "session",
      tasks,
      delegate,
      isDelivering: () => isDelivering,
      onEvents: () => void heard.push("events"),
      onDeleted: () => void heard.push("deleted"),
      onDaemonStarted: () => void heard.push("daemon started"),
    });
  }

  function info(id: string, change: RowOptions = {}): TaskInfo {
    return taskInfoOf(taskRow({ id, key: id, ...change }));
  }

  /** The daemon tells of tasks. @returns what the delegate heard */
  function tell(...infos: TaskInfo[]): string[] {
    reader.hear({ type: "tasks", session: "session", tasks: infos });
    return heard.splice(0);
  }

  it("the bytes of a download, if their count has changed", () => {
    expect(tell(info("a"))).toEqual([]);
    expect(tell(info("a", { bytesReceived: 3 }))).toEqual(["wrote a 3"]);
    expect(tell(info("a", { bytesReceived: 3 }))).toEqual([]);
    // From 0 again.
    expect(tell(info("a", { bytesReceived: 0 }))).toEqual(["wrote a 0"]);
    expect(tell(info("new", { bytesReceived: 5 }))).toEqual(["wrote new 5"]);
  });

  it("the bytes of an upload, if they have become more", () => {
    const sent = (bytesAcknowledged: number) => ({
      ...info("u", { kind: "upload" }),
      bytesSent: bytesAcknowledged,
    });
    expect(tell(sent(0))).toEqual([]);
    expect(tell(sent(4))).toEqual(["sent u 4"]);
    expect(tell(sent(4))).toEqual([]);
    expect(tell(sent(2))).toEqual([]);
    expect(tell({ ...sent(9), bytesReceived: 7 })).toEqual(["sent u 9"]);
  });

  it("neither for the response of a data task", () => {
    expect(tell({ ...info("d", { kind: "data", bytesReceived: 3 }), bytesSent: 3 })).toEqual([]);
  });

  it("once that there is no network", () => {
    const waiting: TaskInfo = { ...info("a"), activity: "waiting-for-network" };
    expect(tell(waiting)).toEqual(["waits a"]);
    expect(tell(waiting)).toEqual([]);
    expect(tell({ ...waiting, activity: "backing-off" })).toEqual([]);
    expect(tell(waiting)).toEqual(["waits a"]);
  });

  it("where a download goes on, if it is known", () => {
    tell(info("a"));
    for (const key of ["a", "unknown"])
      reader.hear({ type: "resumed", session: "session", key, offset: 300 });
    expect(heard).toEqual(["resumed a 300"]);
  });

  it("what concerns the session as a whole, and nothing of other sessions", () => {
    reader.hear({ type: "events", session: "session" });
    reader.hear({ type: "session-deleted", session: "session" });
    reader.hear({ type: "daemon-started" });
    reader.hear({ type: "fetch-offer", offer: undefined });
    reader.hear({ type: "events", session: "other" });
    reader.hear({ type: "session-deleted", session: "other" });
    reader.hear({ type: "tasks", session: "other", tasks: [info("x", { bytesReceived: 1 })] });
    expect(heard).toEqual(["events", "deleted", "daemon started"]);
    expect(tasks.get("x")).toBeUndefined();
  });

  it("each change of a task, before a handle of an ended one is let go", () => {
    const seen: string[] = [];
    reader = readerFor({ didChangeTask: ({ id, state }) => void seen.push(`${id} ${state}`) });
    reader.begin();
    tell(info("a"));
    tell({ ...info("a"), state: "completed" });
    expect(seen).toEqual(["a running", "a completed"]);
    expect(tasks.get("a")).toBeDefined();
    isDelivering = false;
    tell({ ...info("a"), state: "completed" });
    expect(tasks.get("a")).toBeUndefined();
    expect(seen).toHaveLength(3);
    tell(info("b"));
    expect(tasks.get("b")).toBeDefined();
  });

  it("nothing of an ended task that it does not know: its events were settled", () => {
    expect(tell({ ...info("a", { bytesReceived: 3 }), state: "completed" })).toEqual([]);
    expect(tasks.get("a")).toBeUndefined();
  });

  it("nothing before the tasks are read, and what came meanwhile afterwards, in order, once", () => {
    reader = readerFor({ didWriteData: (task) => void heard.push(`wrote ${task.countOfBytesReceived}`) });
    expect(tell(info("a", { bytesReceived: 1 }))).toEqual([]);
    reader.collect();
    for (const bytesReceived of [2, 3]) expect(tell(info("a", { bytesReceived }))).toEqual([]);
    reader.begin();
    expect(heard.splice(0)).toEqual(["wrote 2", "wrote 3"]);
    expect(tell(info("a", { bytesReceived: 4 }))).toEqual(["wrote 4"]);
    reader.begin();
    expect(heard).toEqual([]);
  });

  it("a delegate without these methods", () => {
    reader = readerFor({});
    reader.begin();
    expect(tell({ ...info("a", { bytesReceived: 3 }), activity: "waiting-for-network" })).toEqual([]);
    expect(tell({ ...info("u", { kind: "upload" }), bytesSent: 4 })).toEqual([]);
    reader.hear({ type: "resumed", session: "session", key: "a", offset: 300 });
    expect(heard).toEqual([]);
  });
});
