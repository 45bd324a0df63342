import { describe, expect, it } from "vitest";
import {
  INSPECTION,
  type Inspection,
  inspectionChannelOf,
  type LogEntry,
} from "../../../../src/protocol/inspection.ts";
import { namesOf, type ScopeNames } from "../../../../src/protocol/names.ts";
import type { Daemon } from "../../../../src/sw/daemon.ts";
import { keptLog } from "../../../../src/sw/host/kept-log.ts";

const NAMES = namesOf("https://app.test/kept-log/");
const FULL = namesOf("https://app.test/full-log/");

/** What an inspector is told. */
function inspection(names: ScopeNames): Promise<Inspection> {
  const channel = new BroadcastChannel(inspectionChannelOf(names));
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
    expect((await inspection(NAMES)).log).toMatchObject([{ message: said }]);
  });

  it("keeps the last 500 lines, the oldest first", async () => {
    const daemon = { hasLock: true, activities: [] } as unknown as Daemon;
    const log = keptLog(FULL, () => daemon, undefined);
    for (let line = 1; line <= 501; line += 1) log({ level: "info", message: `line ${line}` });
    const kept = (await inspection(FULL)).log.map(({ message }) => message);
    expect(kept).toEqual(Array.from({ length: 500 }, (_, index) => `line ${index + 2}`));
  });
});
