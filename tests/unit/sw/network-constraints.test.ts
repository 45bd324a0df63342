import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SessionConfiguration } from "../../../src/protocol/configuration.ts";
import { storedConfiguration } from "../../../src/protocol/configuration-rules.ts";
import type { TaskInfo } from "../../../src/protocol/task-info.ts";
import type { TaskRow } from "../../../src/store/schema.ts";
import { openStoredSession } from "../../../src/store/sessions.ts";
import { readTask } from "../../../src/store/tasks.ts";
import { beginWorld, type DaemonWorld, endWorld, makeTask } from "../../support/daemon-world.ts";
import { macrotasks } from "../../support/fake-world.ts";
import type { RowOptions } from "../../support/task-row.ts";

const FORBIDDING: readonly (readonly [string, SessionConfiguration, "isExpensive" | "isConstrained"])[] = [
  ["expensive", { allowsExpensiveNetworkAccess: false }, "isExpensive"],
  ["constrained", { allowsConstrainedNetworkAccess: false }, "isConstrained"],
];

describe("a network that is not allowed", () => {
  let begun: DaemonWorld;
  beforeEach(async () => {
    begun = await beginWorld();
    begun.world.server.isAutomatic = false;
  });
  afterEach(() => endWorld(begun));

  const requests = () => begun.world.server.exchanges;
  const rowOf = async (key: string): Promise<TaskRow> =>
    (await readTask(begun.page, "session", key)) as TaskRow;

  async function configure(configuration: SessionConfiguration): Promise<void> {
    await openStoredSession(begun.page, "session", storedConfiguration(configuration));
  }

  /** A download of which the worker has 300 bytes on disk, and that is still coming. */
  async function start(options: RowOptions = {}): Promise<string> {
    begun.world.start();
    const key = await makeTask(begun, options);
    await vi.waitFor(() => expect(requests().length).toBe(1), { interval: 1, timeout: 20_000 });
    begun.world.server.answer(requests()[0] as never);
    requests()[0]?.send(300);
    await macrotasks(20);
    return key;
  }

  /** The browser says that the network is another one. */
  async function change(what: "isExpensive" | "isConstrained", is: boolean): Promise<void> {
    begun.world[what] = is;
    begun.world.daemon?.networkChanged();
    await macrotasks(30);
  }

  async function lastActivity(key: string): Promise<string | undefined> {
    await vi.advanceTimersByTimeAsync(200);
    const infos = begun.world.notices.flatMap((notice): readonly TaskInfo[] =>
      notice.type === "tasks" ? notice.tasks : [],
    );
    return infos.findLast((info) => info.key === key)?.activity;
  }

  it.each(FORBIDDING)(
    "that is %s: a running task stops at a checkpoint and goes on when it is over",
    async (_, configuration, what) => {
      await configure(configuration);
      const key = await start();
      await change(what, true);
      await vi.waitFor(async () => expect((await rowOf(key)).bytesReceived).toBe(300), {
        interval: 1,
        timeout: 20_000,
      });
      expect(requests().map(({ isOver }) => isOver)).toEqual([true]);
      expect(await lastActivity(key)).toBe("waiting-for-allowed-network");
      await change(what, false);
      await vi.waitFor(() => expect(requests().length).toBe(2), { interval: 1, timeout: 20_000 });
      expect(requests()[1]?.request.headers.get("range")).toBe("bytes=300-");
      begun.world.server.answer(requests()[1] as never);
      requests()[1]?.finish();
      await vi.waitFor(async () => expect((await rowOf(key)).state).toBe("completed"), {
        interval: 1,
        timeout: 20_000,
      });
      expect((await rowOf(key)).failures).toBe(0);
    },
  );

  it.each(FORBIDDING)(
    "that is %s: a task that waits for it begins at the change, not later",
    async (_, configuration, what) => {
      await configure(configuration);
      begun.world[what] = true;
      begun.world.start();
      await makeTask(begun);
      await macrotasks(30);
      expect(requests().length).toBe(0);
      await change(what, false);
      await vi.waitFor(() => expect(requests().length).toBe(1), { interval: 1, timeout: 20_000 });
    },
  );

  it("a change of the network that leaves it allowed stops nothing", async () => {
    await start();
    await change("isExpensive", true);
    expect(requests().map(({ isOver }) => isOver)).toEqual([false]);
  });

  it.each([
    [{ allowsExpensiveNetworkAccess: false }, {}, 0],
    [{ allowsExpensiveNetworkAccess: false }, { settings: { allowsExpensiveNetworkAccess: true } }, 1],
    [{}, { settings: { allowsExpensiveNetworkAccess: false } }, 0],
    [{}, {}, 1],
  ])("what a task says goes before what its session says: %j, %j", async (configuration, options, count) => {
    await configure(configuration);
    begun.world.isExpensive = true;
    begun.world.start();
    await makeTask(begun, options);
    await macrotasks(40);
    expect(requests().length).toBe(count);
  });

  it("a task has a time limit of its own for each request", async () => {
    const key = await start({ settings: { timeoutIntervalForRequest: 2 } });
    await vi.advanceTimersByTimeAsync(1_900);
    expect(requests()[0]?.isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    await macrotasks(20);
    expect(requests()[0]?.isOver).toBe(true);
    expect((await rowOf(key)).bytesReceived).toBe(300);
  });
});
