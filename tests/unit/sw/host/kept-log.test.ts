import { describe, expect, it } from "vitest";
import {
  INSPECTION,
  type Inspection,
  inspectionChannelOf,
  type LogEntry,
} from "../../../../src/protocol/inspection.ts";
import { namesOf } from "../../../../src/protocol/names.ts";
import type { Daemon } from "../../../../src/sw/daemon.ts";
import { keptLog } from "../../../../src/sw/host/kept-log.ts";

const NAMES = namesOf("https://app.test/kept-log/");

/** What an inspector is told. */
function inspection(): Promise<Inspection> {
  const channel = new BroadcastChannel(inspectionChannelOf(NAMES));
  return new Promise<Inspection>((resolve) => {
    channel.onmessage = ({ data }) => resolve(data);
    channel.postMessage(INSPECTION);
  }).finally(() => channel.close());
}

describe("the log of a daemon", () => {
  it("tells neither the app nor an inspector the secrets of URLs, whatever is logged", async () => {
    const heard: LogEntry[] = [];
    const daemon = { hasLock: true, activities: [] } as unknown as Daemon;
    const log = keptLog(
      NAMES,
      () => daemon,
      (entry) => heard.push(entry),
    );
    const message =
      "The willSend hook threw: Error: no token for HTTPS://user:pw@app.test/file?sig=SECRET#part";
    log({ level: "error", message, session: "session", taskId: "id" });
    const said = "The willSend hook threw: Error: no token for HTTPS://app.test/file?…";
    expect(heard).toEqual([{ level: "error", message: said, session: "session", taskId: "id" }]);
    expect((await inspection()).log).toMatchObject([{ message: said }]);
  });
});
