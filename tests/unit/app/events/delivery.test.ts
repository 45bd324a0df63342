import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SessionDelegate } from "../../../../src/app/events/delegate.ts";
import type { Database } from "../../../../src/store/database.ts";
import {
  acknowledgeEvents,
  MAX_REFUSALS,
  parkedEvents,
  readEvents,
  unparkEvents,
} from "../../../../src/store/outbox.ts";
import { changeTask, readTask, transition } from "../../../../src/store/tasks.ts";
import { useDatabases } from "../../../support/fake-database.ts";
import { insert } from "../../../support/stored.ts";
import { type RowOptions, taskRow } from "../../../support/task-row.ts";
import { type StartedDelivery, useDeliveries } from "../../../support/use-deliveries.ts";

describe("Delivery", () => {
  const newDatabase = useDatabases();
  let database: Database;

  beforeEach(() => {
    database = newDatabase();
    // A delegate's error is reported on the console, because Node has no reportError.
    vi.spyOn(console, "error").mockImplementation(() => {});
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });
  const launch = useDeliveries(() => database);

  async function finishedTask(key: string, options: RowOptions = {}): Promise<void> {
    await insert(database, taskRow({ key, kind: "data", ...options }));
    await changeTask(database, "session", key, "strict", (row) => transition(row, "finish", 1));
  }

  function heard(launched: StartedDelivery, messages: readonly string[]): Promise<void> {
    return vi.waitFor(() => expect(launched.told).toEqual(messages), { interval: 2, timeout: 20_000 });
  }

  it("delivers in commit order, each task's file first, and reports when all were offered", async () => {
    await finishedTask("a", { kind: "download", completion: { handler: "done", context: 7 } });
    await finishedTask("b");
    const contexts: unknown[] = [];
    const launched = launch({}, { done: (_result, context) => void contexts.push(context) });
    await heard(launched, ["file a", "complete a", "complete b", "all offered"]);
    expect(contexts).toEqual([7]);
    expect(await readEvents(database, "session", 0)).toEqual([]);
    expect((await readTask(database, "session", "b"))?.settledAt).toBeDefined();
  });

  it("skips an event that the previous owner acknowledged after it was read", async () => {
    for (const id of ["a", "b", "c"]) await finishedTask(id);
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const told: string[] = [];
    launch({
      async didComplete(task) {
        told.push(task.id);
        await held;
      },
    });
    await vi.waitFor(() => expect(told).toEqual(["a"]));
    const [, late] = await readEvents(database, "session", 0);
    await acknowledgeEvents(database, late === undefined ? [] : [late], 2);
    release();
    await vi.waitFor(() => expect(told).toContain("c"), { timeout: 20_000 });
    expect(told).toEqual(["a", "c"]);
  });

  it("delivers one event at a time: the next waits for the promise of the one before", async () => {
    await finishedTask("a");
    await finishedTask("b");
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const told: string[] = [];
    launch({
      didComplete: async (task) => {
        told.push(`begin ${task.id}`);
        if (task.id === "a") await held;
        told.push(`end ${task.id}`);
      },
    });
    await vi.waitFor(() => expect(told).toEqual(["begin a"]));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told).toEqual(["begin a"]);
    release();
    await vi.waitFor(() => expect(told).toEqual(["begin a", "end a", "begin b", "end b"]));
  });

  it("does not report the end if there was nothing to offer", async () => {
    const launched = launch();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(launched.told).toEqual([]);
    await finishedTask("later");
    launched.delivery.pump();
    await heard(launched, ["complete later"]);
  });

  it("an event that throws is not acknowledged: its task waits for the next launch, the others continue", async () => {
    await finishedTask("a", { completion: { handler: "done", context: undefined } });
    await finishedTask("b");
    const done = vi.fn();
    let isBroken = true;
    const ids: string[] = [];
    const delegate: SessionDelegate = {
      didComplete: (task, _error, { eventId, delivery }) => {
        if (task.id === "a") ids.push(`${eventId} ${delivery}`);
        if (task.id === "a" && isBroken) throw new Error("no");
      },
    };
    const first = launch(delegate, { done });
    await heard(first, ["all offered"]);
    expect(done).not.toHaveBeenCalled();
    expect(console.error).toHaveBeenCalled();
    expect((await readEvents(database, "session", 0)).map(({ taskKey }) => taskKey)).toEqual(["a", "a"]);
    await first.delivery.stop();
    isBroken = false;
    await heard(launch(delegate, { done }), ["all offered"]);
    expect(done).toHaveBeenCalledOnce();
    const [one, two] = ids.map((it) => it.split(" "));
    expect(two?.[0]).toBe(one?.[0]);
    expect([one?.[1], two?.[1]]).toEqual(["1", "2"]);
  });

  it("parks an event after five tries, and offers it again only when it is unparked", async () => {
    await finishedTask("a");
    let calls = 0;
    const delegate: SessionDelegate = {
      didComplete: () => {
        calls += 1;
        if (calls <= MAX_REFUSALS) throw new Error("no");
      },
    };
    for (let count = 0; count < MAX_REFUSALS + 2; count += 1) {
      const launched = launch(delegate);
      await heard(launched, ["all offered"]);
      await launched.delivery.stop();
    }
    expect(calls).toBe(MAX_REFUSALS);
    const parked = await parkedEvents(database, "session");
    expect(parked.length).toBe(1);
    await unparkEvents(database, parked);
    await heard(launch(delegate), ["all offered"]);
    expect(await readEvents(database, "session", 0)).toEqual([]);
  });

  it("an event without a handler in this realm waits for one that has it, and holds nothing else back", async () => {
    await finishedTask("a", { completion: { handler: "elsewhere", context: 1 } });
    await finishedTask("b");
    const first = launch({}, { toString: () => "not this one" } as never);
    await heard(first, ["complete a", "complete b", "all offered"]);
    await first.delivery.stop();
    const handler = vi.fn();
    await heard(launch({}, { elsewhere: handler }), ["all offered"]);
    expect(handler).toHaveBeenCalledOnce();
    expect(await readEvents(database, "session", 0)).toEqual([]);
  });

  it("the name of an inherited property is no handler", async () => {
    await finishedTask("a", { completion: { handler: "constructor", context: 1 } });
    await heard(launch(), ["complete a", "all offered"]);
    expect((await readEvents(database, "session", 0)).length).toBe(1);
  });

  it("nothing is offered after stop, and the event offered at that time is acknowledged", async () => {
    for (const key of ["a", "b", "c"]) await finishedTask(key);
    let launched: StartedDelivery | undefined;
    const told: string[] = [];
    launched = launch({
      didComplete: (task) => {
        told.push(task.id);
        void launched?.delivery.stop();
      },
    });
    await vi.waitFor(() => expect(told).toEqual(["a"]));
    await launched.delivery.stop();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told).toEqual(["a"]);
    expect((await readEvents(database, "session", 0)).map(({ taskKey }) => taskKey)).toEqual(["b", "c"]);
  });

  it("an event whose task was still being read when delivery stopped is offered at the next start, not before", async () => {
    await finishedTask("a");
    const read = database.read.bind(database);
    let goOn = (): void => {};
    const slow = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const reads = vi.spyOn(database, "read");
    // The first read is that of the events.
    reads.mockImplementationOnce((stores, body) => read(stores, body));
    reads.mockImplementationOnce((stores, body) => slow.then(() => read(stores, body)));
    const { delivery, told } = launch();
    await vi.waitFor(() => expect(reads).toHaveBeenCalledTimes(2));
    const stopped = delivery.stop();
    goOn();
    await stopped;
    expect(told).toEqual([]);
    expect(await readEvents(database, "session", 0)).toHaveLength(1);
    delivery.start();
    await vi.waitFor(() => expect(told).toEqual(["complete a", "all offered"]), { timeout: 20_000 });
  });

  it("a call that sets itself aside holds up no other task, and is acknowledged when it settles", async () => {
    await finishedTask("a", { completion: { handler: "done", context: 1 } });
    await finishedTask("b");
    let settle = (): void => {};
    const waiting = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const told: string[] = [];
    const launched: StartedDelivery = launch(
      {
        // Within the call, before it returns.
        didComplete: (task) => {
          told.push(task.id);
          expect(launched.delivery.isCalling).toBe(true);
          if (task.id !== "a") return undefined;
          launched.delivery.setAside();
          return waiting;
        },
      },
      { done: () => void told.push("done") },
    );
    await vi.waitFor(() => expect(told).toEqual(["a", "b"]));
    await launched.delivery.drained();
    // Not every event was offered.
    expect([launched.told, launched.delivery.isAside]).toEqual([[], true]);
    settle();
    await launched.delivery.untilNoneAside();
    await heard(launched, ["all offered"]);
    expect(told).toEqual(["a", "b", "done"]);
    expect(await readEvents(database, "session", 0)).toEqual([]);
    expect(console.error).not.toHaveBeenCalled();
  });

  it("an event that was set aside is acknowledged even after delivery has stopped", async () => {
    await finishedTask("a");
    await finishedTask("b");
    let settle = (): void => {};
    const waiting = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const launched: StartedDelivery = launch({
      didComplete: (task) => (task.id === "a" ? waiting : undefined),
    });
    await vi.waitFor(() => expect(launched.delivery.isCalling).toBe(true));
    launched.delivery.setAside();
    const stopped = launched.delivery.stop();
    settle();
    await stopped;
    expect((await readEvents(database, "session", 0)).map(({ taskKey }) => taskKey)).toEqual(["b"]);
  });

  it("a file whose bytes are gone is not offered; didComplete says storage-lost", async () => {
    const file = { fileId: "a/0", isTotalSure: true, isSameOrigin: true };
    await finishedTask("a", { kind: "download", file, bytesReceived: 9 });
    const codes: unknown[] = [];
    const launched = launch({ didComplete: (_task, error) => void codes.push(error?.code) });
    await heard(launched, ["all offered"]);
    expect(codes).toEqual(["storage-lost"]);
  });

  it("a damaged event that names an unfinished task is removed, and the task continues", async () => {
    await insert(database, taskRow({ key: "runs" }));
    await finishedTask("done");
    await database.write(["outbox"], "relaxed", async (tx) => {
      const [event] = await tx.objectStore("outbox").getAll();
      await tx.objectStore("outbox").put({ ...(event as object), taskKey: "runs" } as never);
    });
    const { told } = launch();
    await vi.waitFor(async () => expect(await readEvents(database, "session", 0)).toEqual([]));
    expect(told).not.toContain("complete runs");
    const row = await readTask(database, "session", "runs");
    expect(row).toMatchObject({ state: "running" });
    expect(row).not.toHaveProperty("settledAt");
  });

  it("more events than fit in a page are all delivered, each once", async () => {
    const keys = Array.from({ length: 230 }, (_, index) => `task-${index}`);
    for (const key of keys) await finishedTask(key);
    await heard(launch(), [...keys.map((key) => `complete ${key}`), "all offered"]);
  });

  describe("while the disk fails", () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
    afterEach(() => void vi.useRealTimers());

    const settled = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    };

    /** Makes every read of events fail. @returns the spy that counts the reads */
    function failReads() {
      return vi.spyOn(database, "read").mockImplementation(async () => {
        throw new DOMException("the disk failed", "UnknownError");
      });
    }

    it("reading is retried with growing delays and reported once, and everything is delivered when it recovers", async () => {
      await finishedTask("a");
      const reads = failReads();
      const launched = launch();
      await settled();
      expect(reads).toHaveBeenCalledTimes(1);
      const triesAt: number[] = [];
      for (let second = 1; second <= 120; second += 1) {
        const before = reads.mock.calls.length;
        await vi.advanceTimersByTimeAsync(1_000);
        // A pump in the meantime does not bring the retry forward.
        launched.delivery.pump();
        await settled();
        if (reads.mock.calls.length > before) triesAt.push(second);
      }
      expect(triesAt).toEqual([1, 3, 7, 15, 31, 61, 91]);
      expect(console.error).toHaveBeenCalledTimes(1);
      reads.mockRestore();
      await vi.advanceTimersByTimeAsync(30_000);
      await heard(launched, ["complete a", "all offered"]);

      // The next outage is reported again.
      failReads();
      launched.delivery.pump();
      await settled();
      expect(console.error).toHaveBeenCalledTimes(2);
    });

    it("failed acknowledgements are reported once for all events", async () => {
      for (const key of ["a", "b", "c", "d", "e", "f"]) await finishedTask(key);
      vi.spyOn(database, "write").mockImplementation(async () => {
        throw new DOMException("the disk failed", "UnknownError");
      });
      const launched = launch();
      await vi.waitFor(() => expect(launched.told).toContain("all offered"));
      expect(console.error).toHaveBeenCalledTimes(1);
    });

    it("a stopped delivery does not retry", async () => {
      const reads = failReads();
      const { delivery } = launch();
      await settled();
      await delivery.stop();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(reads).toHaveBeenCalledTimes(1);
      reads.mockRestore();
    });
  });
});
