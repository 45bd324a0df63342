import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Database } from "../../../../src/store/database.ts";
import type { TaskRow } from "../../../../src/store/schema.ts";
import { taskInfoOf } from "../../../../src/store/task-info-of.ts";
import { readTask } from "../../../../src/store/tasks.ts";
import type { SendingAnswer } from "../../../../src/sw/sending/will-send.ts";
import { beginWorld, endWorld } from "../../../support/daemon-world.ts";
import { type FakeWorld, macrotasks } from "../../../support/fake-world.ts";
import { hangingHook } from "../../../support/hanging-hook.ts";
import { eventsOf, insert } from "../../../support/stored.ts";
import { type RowOptions, taskRow } from "../../../support/task-row.ts";

describe("a task that needs authorization", () => {
  let world: FakeWorld;
  let page: Database;
  let key: string;

  beforeEach(async () => {
    ({ world, page } = await beginWorld());
  });

  afterEach(() => endWorld({ world, page }));

  async function make(options: RowOptions): Promise<void> {
    const row = taskRow({ kind: "data", deadline: Date.now() + 86_400_000, ...options });
    await insert(page, row);
    key = row.key;
  }

  async function row(): Promise<TaskRow> {
    return (await readTask(page, "session", key)) as TaskRow;
  }

  const untilHeld = () =>
    vi.waitFor(async () => expect((await row()).hold).toBeDefined(), { interval: 1, timeout: 20_000 });
  const untilFinished = () =>
    vi.waitFor(async () => expect((await row()).state).toBe("completed"), { interval: 1, timeout: 20_000 });
  const resume = () =>
    world.daemon?.handle({ type: "control", session: "session", key, action: "resume" }, "page");

  async function refusedWith401(): Promise<void> {
    world.server.isAutomatic = false;
    world.start();
    const exchange = await vi.waitFor(
      () => {
        const found = world.server.exchanges.find((it) => !it.isAnswered);
        if (found === undefined) throw new Error("nothing was asked");
        return found;
      },
      { interval: 1, timeout: 20_000 },
    );
    world.server.refuse(exchange, 401);
    exchange.finish();
    await untilHeld();
    world.server.isAutomatic = true;
  }

  it("rests after a 401 until a page resumes it, also if the worker is stopped, and does not keep the worker awake", async () => {
    await make({ waitStatuses: [401] });
    await refusedWith401();
    expect(taskInfoOf(await row()).activity).toBe("needs-authorization");
    expect(await row()).toMatchObject({ state: "running", attempts: 1, failures: 0 });
    world.kill();
    world.start();
    await vi.advanceTimersByTimeAsync(3_600_000);
    await macrotasks(50);
    expect(world.server.exchanges).toHaveLength(0);
    expect(world.hasWork).toBe(false);
    await resume();
    await untilFinished();
    expect((await row()).hold).toBeUndefined();
    expect(await eventsOf(page, key)).toEqual(["didComplete"]);
  });

  it("completes with a 401 if no wait status was configured", async () => {
    await make({});
    world.server.isAutomatic = false;
    world.start();
    await vi.waitFor(() => expect(world.server.exchanges).toHaveLength(1), { interval: 1, timeout: 20_000 });
    const [exchange] = world.server.exchanges;
    if (exchange === undefined) throw new Error("nothing was asked");
    world.server.refuse(exchange, 401);
    exchange.finish();
    await untilFinished();
    expect((await row()).response?.status).toBe(401);
  });

  it("asks the hook again while that answers wait, and is sent once it does not", async () => {
    let answer: SendingAnswer = "wait";
    let asked = 0;
    world.willSend = () => {
      asked += 1;
      return answer;
    };
    await make({});
    world.start();
    await untilHeld();
    expect(world.hasWork).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    await macrotasks(50);
    await vi.advanceTimersByTimeAsync(60_000);
    await macrotasks(50);
    expect(asked).toBeGreaterThan(2);
    expect(world.server.exchanges).toHaveLength(0);
    answer = { "x-token": "fresh" };
    await resume();
    await untilFinished();
    expect(world.server.exchanges.map(({ request }) => request.headers.get("x-token"))).toEqual(["fresh"]);
    expect((await row()).attempts).toBe(1);
    expect(JSON.stringify(await row())).not.toContain("fresh");
  });

  it.each(["cancel", "suspend"] as const)("a hook that hangs does not delay a %s", async (action) => {
    let asked = 0;
    world.willSend = (request) => {
      asked += 1;
      return asked === 1 ? hangingHook(request) : undefined;
    };
    await make({});
    world.start();
    await vi.waitFor(() => expect(asked).toBe(1), { interval: 1, timeout: 20_000 });
    await world.daemon?.handle({ type: "control", session: "session", key, action }, "page");
    await macrotasks(20);
    expect((await row()).state).toBe(action === "cancel" ? "completed" : "suspended");
    expect(world.server.exchanges).toHaveLength(0);
    if (action === "cancel") return;
    await resume();
    await untilFinished();
    expect([asked, world.server.exchanges.length]).toEqual([2, 1]);
  });

  it("is cancelled if the hook answers cancel", async () => {
    world.willSend = () => "cancel";
    await make({});
    world.start();
    await untilFinished();
    expect((await row()).failure?.code).toBe("cancelled");
    expect(world.server.exchanges).toHaveLength(0);
  });
});
