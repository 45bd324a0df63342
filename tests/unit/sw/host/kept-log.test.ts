import { describe, expect, it, vi } from "vitest";
import {
  INSPECTION,
  type Inspection,
  inspectionChannelOf,
  LISTENING,
  LOGGED,
  type LogEntry,
} from "../../../../src/protocol/inspection.ts";
import { LIBRARY_VERSION } from "../../../../src/protocol/library-version.ts";
import { namesOf, type ScopeNames } from "../../../../src/protocol/names.ts";
import { PROTOCOL } from "../../../../src/protocol/versions.ts";
import type { Daemon } from "../../../../src/sw/daemon.ts";
import { keptLog } from "../../../../src/sw/host/kept-log.ts";

const NAMES = namesOf("https://app.test/kept-log/");
const FULL = namesOf("https://app.test/full-log/");

const HEARD = namesOf("https://app.test/heard-log/");

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

  it("tells its version without the lock, tells whoever listens of one line a question, and answers no other worker", async () => {
    const holder = { hasLock: true, activities: [] } as unknown as Daemon;
    const log = keptLog(HEARD, () => holder, undefined);
    keptLog(HEARD, () => ({ hasLock: false }) as Daemon, undefined);
    const channel = new BroadcastChannel(inspectionChannelOf(HEARD));
    const heard: unknown[] = [];
    channel.onmessage = ({ data }) => heard.push(data);
    // What should not be sent would have been heard by then.
    const expectHeard = async (...messages: unknown[]): Promise<void> => {
      await vi.waitFor(() => expect(heard.length).toBeGreaterThanOrEqual(messages.length));
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(heard.splice(0)).toEqual(messages);
    };
    const say = (message: string): void => log({ level: "info", message });
    const version = { versions: PROTOCOL, library: LIBRARY_VERSION, state: undefined };
    const answers = [expect.objectContaining({ ...version, activities: [] }), version];

    say("nobody has asked");
    await expectHeard();
    channel.postMessage(INSPECTION);
    await expectHeard(...answers);
    say("nobody listens");
    await expectHeard();
    channel.postMessage(LISTENING);
    await expectHeard(...answers);
    for (const message of ["first", "second", "third"]) say(message);
    await expectHeard(LOGGED);
    say("it has not asked again");
    await expectHeard();
    channel.close();
  });
});
