import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SessionDelegate } from "../../../../src/app/events/delegate.ts";
import type { Database } from "../../../../src/store/database.ts";
import { MAX_REFUSALS, parkedEvents, readEvents, unparkEvents } from "../../../../src/store/outbox.ts";
import { changed, changeTask, ended } from "../../../../src/store/tasks.ts";
import { useDatabases } from "../../../support/fake-database.ts";
import { insert } from "../../../support/stored.ts";
import { taskRow } from "../../../support/task-row.ts";
import { useDeliveries } from "../../../support/use-deliveries.ts";

describe("a question in the outbox that is not taken", () => {
  const newDatabase = useDatabases();
  let database: Database;
  beforeEach(() => {
    database = newDatabase();
    vi.spyOn(console, "error").mockImplementation(() => {});
    vi.spyOn(console, "warn").mockImplementation(() => {});
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const launch = useDeliveries(() => database);

  const change = (key: string, to: Parameters<typeof changeTask>[4]) =>
    changeTask(database, "session", key, "strict", to);

  async function ask(key: string): Promise<void> {
    await insert(database, taskRow({ key, kind: "data" }));
    await change(key, (row) =>
      changed(row, { challenges: 1, hold: { asksAgain: false, asks: "didReceiveChallenge", status: 401 } }),
    );
  }

  const cancel = (key: string) =>
    change(key, (row) => ended(row, { code: "cancelled", message: "The task was cancelled." }, 2));

  async function refuse(delegate: SessionDelegate, times: number): Promise<void> {
    for (let count = 0; count < times; count += 1) {
      const { delivery, told } = launch(delegate);
      await vi.waitFor(() => expect(told).toEqual(["all offered"]));
      await delivery.stop();
    }
  }

  const REFUSING: SessionDelegate = {
    didReceiveChallenge: async () => {
      throw new Error("no");
    },
  };

  it("a damaged event that asks about a task which waits for no answer is removed, and nobody is asked", async () => {
    await insert(database, taskRow({ key: "a", kind: "data" }));
    await database.write(["outbox"], "relaxed", async (tx) => {
      const event = { session: "session", taskKey: "a", eventId: "odd", refusals: 0 };
      await tx.objectStore("outbox").add({ ...event, type: "didReceiveChallenge" });
    });
    let asked = 0;
    const { delivery } = launch({
      didReceiveChallenge: async () => {
        asked += 1;
        return "wait";
      },
    });
    await delivery.drained();
    expect([asked, await readEvents(database, "session", 0)]).toEqual([0, []]);
  });

  it("a question that the answer to another one has answered is not asked", async () => {
    const asked: string[] = [];
    const { delivery } = launch({
      didReceiveChallenge: async (task) => {
        asked.push(task.id);
        // As the daemon does for every task that waits for the same.
        await change("b", (row) => changed(row, { hold: undefined }));
        return "continue";
      },
    });
    await delivery.drained();
    for (const key of ["a", "b"]) await ask(key);
    await delivery.drained();
    expect(asked).toEqual(["a"]);
  });

  it("a parked question does not keep the end of its task from the delegate", async () => {
    await ask("a");
    await refuse(REFUSING, MAX_REFUSALS);
    expect(await parkedEvents(database, "session")).toHaveLength(1);
    const { delivery, told } = launch(REFUSING);
    await vi.waitFor(() => expect(told).toEqual(["all offered"]));
    await cancel("a");
    delivery.pump();
    await delivery.drained();
    expect(told).toEqual(["all offered", "complete a"]);
  });

  it("retryParked asks again, also if the question was parked since the session was opened", async () => {
    await ask("a");
    await refuse(REFUSING, MAX_REFUSALS - 1);
    let asked = 0;
    const { delivery, told } = launch({
      didReceiveChallenge: async () => {
        asked += 1;
        if (asked === 1) throw new Error("no");
        return "wait";
      },
    });
    await vi.waitFor(() => expect(told).toEqual(["all offered"]));
    const parked = await parkedEvents(database, "session");
    expect(parked).toHaveLength(1);
    await unparkEvents(database, parked);
    delivery.release(parked);
    await delivery.drained();
    expect(asked).toBe(2);
  });

  it("a refused question is not asked again before the next open", async () => {
    // Its end waits for the first call of the same task; meanwhile another task's question is refused.
    await ask("a");
    await ask("b");
    let asked = 0;
    let letGo = (): void => {};
    const { delivery, told } = launch({
      didReceiveChallenge: async (task) => {
        if (task.id === "a") await new Promise<void>((resolve) => (letGo = resolve));
        else {
          asked += 1;
          throw new Error("no");
        }
        return "wait";
      },
    });
    await vi.waitFor(() => expect(delivery.isCalling).toBe(true));
    delivery.setAside();
    await vi.waitFor(() => expect(asked).toBe(1));
    // a is ended while its question is being answered, and after that c is asked about and refused.
    await cancel("a");
    await ask("c");
    delivery.pump();
    await vi.waitFor(() => expect(asked).toBe(2));
    await delivery.drained();
    letGo();
    await vi.waitFor(() => expect(told).toContain("complete a"));
    await delivery.drained();
    expect(asked).toBe(2);
    expect((await readEvents(database, "session", 0)).map(({ refusals }) => refusals)).toEqual([1, 1]);
  });
});
