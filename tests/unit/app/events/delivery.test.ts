import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CompletionHandler } from "../../../../src/app/events/completion-handler.ts";
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

/** An answer that the test gives. */
function pending(): { readonly promise: Promise<void>; settle(): void } {
  let settle = (): void => {};
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, settle: () => settle() };
}

const PART = { session: "session", fileId: "a/0", offset: 0, sizeBytes: 1, level: 0 };

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
    expect(launched.settled).toEqual(["a", "b"]);
  });

  it("skips an event that the previous owner acknowledged after it was read", async () => {
    for (const id of ["a", "b", "c"]) await finishedTask(id);
    const held = pending();
    const told: string[] = [];
    launch({
      async didComplete(task) {
        told.push(task.id);
        await held.promise;
      },
    });
    await vi.waitFor(() => expect(told).toEqual(["a"]));
    const [, late] = await readEvents(database, "session", 0);
    await acknowledgeEvents(database, late === undefined ? [] : [late], 2);
    held.settle();
    await vi.waitFor(() => expect(told).toContain("c"), { timeout: 20_000 });
    expect(told).toEqual(["a", "c"]);
    expect(console.error).not.toHaveBeenCalled();
  });

  it("skips an event that another owner acknowledged more than half a second after it was read", async () => {
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    const held = pending();
    const told: string[] = [];
    const { delivery } = launch({
      async didComplete(task) {
        told.push(task.id);
        if (task.id === "a") await held.promise;
      },
    });
    // Everything was offered before, so that the rows that come with events are believed.
    await delivery.drained();
    for (const id of ["a", "b", "c"]) await finishedTask(id);
    delivery.pump();
    await vi.waitFor(() => expect(told).toEqual(["a"]));
    const [, late] = await readEvents(database, "session", 0);
    await acknowledgeEvents(database, late === undefined ? [] : [late], 2);
    now = 501;
    held.settle();
    await delivery.drained();
    expect(told).toEqual(["a", "c"]);
  });

  it("delivers one event at a time: the next waits for the promise of the one before", async () => {
    await finishedTask("a");
    await finishedTask("b");
    const held = pending();
    const told: string[] = [];
    launch({
      didComplete: async (task) => {
        told.push(`begin ${task.id}`);
        if (task.id === "a") await held.promise;
        told.push(`end ${task.id}`);
      },
    });
    await vi.waitFor(() => expect(told).toEqual(["begin a"]));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told).toEqual(["begin a"]);
    held.settle();
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
    expect(first.settled).toEqual(["b"]);
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

  it("a handler that is added later gets the events that wait for it, once", async () => {
    await finishedTask("a", { completion: { handler: "late", context: 1 } });
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const handlers: Record<string, CompletionHandler> = {};
    const launched = launch({}, handlers);
    await heard(launched, ["complete a", "all offered"]);
    expect(console.warn).toHaveBeenCalledWith(expect.stringContaining('"late"'));
    const late = vi.fn();
    handlers.late = late;
    for (let count = 0; count < 2; count += 1) {
      launched.delivery.offerUnhandled();
      await launched.delivery.drained();
    }
    expect(late.mock.calls.map(([, context]) => context)).toEqual([1]);
    await vi.waitFor(() => expect(launched.settled).toEqual(["a"]));
  });

  it("without a delegate, completion handlers get their tasks, and all other events wait", async () => {
    await finishedTask("a", { kind: "download", completion: { handler: "done", context: 1 } });
    await finishedTask("b");
    const done = vi.fn();
    const launched = launch({}, { done }, { delegate: undefined });
    await heard(launched, ["all offered"]);
    expect(done).toHaveBeenCalledOnce();
    expect((await readEvents(database, "session", 0)).map(({ taskKey }) => taskKey)).toEqual(["b"]);
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
    expect([told, launched.told, launched.delivery.isCalling]).toEqual([["a"], [], false]);
    expect((await readEvents(database, "session", 0)).map(({ taskKey }) => taskKey)).toEqual(["b", "c"]);
  });

  it("what waits for everything to be offered does not wait for a delivery that has stopped", async () => {
    const { delivery } = launch();
    await delivery.drained();
    // The run before is not quite over.
    await delivery.drained();
    await delivery.stop();
    await delivery.drained();
    await delivery.untilNoneAside();
  });

  it("a launch is told that all were offered, once, even if another page was faster", async () => {
    const { delivery, told } = launch({}, {}, { isLaunched: true });
    await delivery.drained();
    delivery.start();
    await delivery.drained();
    await finishedTask("later");
    await delivery.drained();
    expect(told).toEqual(["all offered", "complete later"]);
  });

  it("an event whose task was still being read when delivery stopped is offered at the next start, not before", async () => {
    await finishedTask("a");
    const read = database.read.bind(database);
    const slow = pending();
    const reads = vi.spyOn(database, "read");
    // The first read is that of the events.
    reads.mockImplementationOnce((stores, body) => read(stores, body));
    reads.mockImplementationOnce((stores, body) => slow.promise.then(() => read(stores, body)));
    const { delivery, told } = launch();
    await vi.waitFor(() => expect(reads).toHaveBeenCalledTimes(2));
    const stopped = delivery.stop();
    slow.settle();
    await stopped;
    expect(told).toEqual([]);
    expect(await readEvents(database, "session", 0)).toHaveLength(1);
    delivery.start();
    await vi.waitFor(() => expect(told).toEqual(["complete a", "all offered"]), { timeout: 20_000 });
  });

  it("a call that sets itself aside holds up no other task, and is acknowledged when it settles", async () => {
    await finishedTask("a", { completion: { handler: "done", context: 1 } });
    await finishedTask("b");
    const waiting = pending();
    const told: string[] = [];
    const launched: StartedDelivery = launch(
      {
        // Within the call, before it returns.
        didComplete: (task) => {
          told.push(task.id);
          expect(launched.delivery.isCalling).toBe(true);
          if (task.id !== "a") return undefined;
          launched.delivery.setAside();
          return waiting.promise;
        },
      },
      { done: () => void told.push("done") },
    );
    await vi.waitFor(() => expect(told).toEqual(["a", "b"]));
    await launched.delivery.drained();
    // Not every event was offered.
    expect([launched.told, launched.delivery.isAside]).toEqual([[], true]);
    waiting.settle();
    await launched.delivery.untilNoneAside();
    await heard(launched, ["all offered"]);
    expect(told).toEqual(["a", "b", "done"]);
    expect(await readEvents(database, "session", 0)).toEqual([]);
    expect(console.error).not.toHaveBeenCalled();
  });

  it("an answer that comes while another task's call is under way frees the next event of its task", async () => {
    await finishedTask("a", { completion: { handler: "done", context: 1 } });
    for (const key of ["b", "c"]) await finishedTask(key);
    const [answerA, answerB] = [pending(), pending()];
    const told: string[] = [];
    const { delivery } = launch(
      {
        didComplete: (task) => {
          told.push(task.id);
          return task.id === "a" ? answerA.promise : task.id === "b" ? answerB.promise : undefined;
        },
      },
      { done: () => void told.push("done") },
    );
    await vi.waitFor(() => expect(told).toEqual(["a"]));
    delivery.setAside();
    await vi.waitFor(() => expect(told).toEqual(["a", "b"]));
    answerA.settle();
    await vi.waitFor(async () => expect(await readEvents(database, "session", 0)).toHaveLength(3));
    answerB.settle();
    await delivery.drained();
    expect(told).toEqual(["a", "b", "done", "c"]);
  });

  it("the answers of at most four tasks wait for the disk: if the page dies, no more events come again", async () => {
    const keys = ["a", "b", "c", "d", "e", "f"];
    for (const key of keys) await finishedTask(key);
    const write = database.write.bind(database);
    const disk = pending();
    vi.spyOn(database, "write").mockImplementation(async (...all) => {
      await disk.promise;
      return write(...all) as never;
    });
    const launched = launch();
    await vi.waitFor(() => expect(launched.told).toHaveLength(4));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(launched.told).toHaveLength(4);
    disk.settle();
    await heard(launched, [...keys.map((key) => `complete ${key}`), "all offered"]);
  });

  describe("while an acknowledgement is being written", () => {
    /** Holds up each write until it is let go, with its end. */
    function heldDisk(): { next(end: "committed" | "failed"): void; readonly waiting: number } {
      const held: ((end: "committed" | "failed") => void)[] = [];
      const write = database.write.bind(database);
      vi.spyOn(database, "write").mockImplementation(async (...all) => {
        const end = await new Promise((resolve) => held.push(resolve));
        if (end === "failed") throw new Error("the disk is full");
        return write(...all) as never;
      });
      return {
        next: (end) => held.shift()?.(end),
        get waiting() {
          return held.length;
        },
      };
    }

    it("the task's next event is offered", async () => {
      await finishedTask("a", { kind: "download" });
      const disk = heldDisk();
      const launched = launch();
      await heard(launched, ["file a", "complete a"]);
      expect(disk.waiting).toBe(1);
      disk.next("committed");
      await heard(launched, ["file a", "complete a", "all offered"]);
      expect(launched.settled).toEqual(["a"]);
    });

    it("one that fails is made up for by that of the task's next event, so that their order stays", async () => {
      await finishedTask("a", { kind: "download" });
      const disk = heldDisk();
      const launched = launch();
      await heard(launched, ["file a", "complete a"]);
      // Both at once, then the first one alone, then the second one alone.
      for (const end of ["failed", "failed", "committed"] as const) {
        await vi.waitFor(() => expect(disk.waiting).toBe(1));
        disk.next(end);
      }
      await heard(launched, ["file a", "complete a", "all offered"]);
      expect(await readEvents(database, "session", 0)).toEqual([]);
      expect(launched.settled).toEqual(["a"]);
    });

    it("an event behind one that was refused is not offered", async () => {
      await finishedTask("a", { kind: "download" });
      const disk = heldDisk();
      const told: string[] = [];
      const { delivery } = launch({
        didFinishDownloading() {
          told.push("file");
          throw new Error("no");
        },
        didComplete: () => void told.push("complete"),
      });
      await vi.waitFor(() => expect(disk.waiting).toBe(1));
      disk.next("committed");
      await delivery.drained();
      expect(told).toEqual(["file"]);
      expect((await readEvents(database, "session", 0)).map(({ refusals }) => refusals)).toEqual([1, 0]);
    });

    it("an event without a handler is offered when that is added", async () => {
      const handlers: Record<string, CompletionHandler> = {};
      const { delivery, told } = launch({}, handlers);
      await delivery.drained();
      vi.spyOn(console, "warn").mockImplementation(() => {});
      await finishedTask("a", { completion: { handler: "late", context: 1 } });
      await delivery.drained();
      expect(told).toEqual(["complete a"]);
      const late = vi.fn();
      handlers.late = late;
      delivery.offerUnhandled();
      await delivery.drained();
      expect(late).toHaveBeenCalledOnce();
    });

    it("stop() waits for it, also if the task's next event has no handler", async () => {
      vi.spyOn(console, "warn").mockImplementation(() => {});
      const { delivery, told } = launch();
      await delivery.drained();
      await finishedTask("a", { completion: { handler: "none", context: 1 } });
      const disk = heldDisk();
      delivery.pump();
      await vi.waitFor(() => expect(told).toEqual(["complete a"]));
      await vi.waitFor(() => expect(disk.waiting).toBe(1));
      const onStop = vi.fn();
      const stopped = delivery.stop().then(onStop);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(onStop).not.toHaveBeenCalled();
      disk.next("committed");
      await stopped;
    });
  });

  it("an answer that comes at any moment after its call was set aside lets no event of its task be passed over", async () => {
    for (let turns = 0; turns < 40; turns += 1) {
      const told: string[] = [];
      const launched: StartedDelivery = launch(
        {
          async didFinishDownloading() {
            told.push("file");
            launched.delivery.setAside();
            for (let turn = 0; turn < turns; turn += 1) await undefined;
          },
          didComplete: () => void told.push("complete"),
        },
        { done: () => void told.push("done") },
      );
      await launched.delivery.drained();
      await finishedTask(`after ${turns}`, { kind: "download", completion: { handler: "done", context: 1 } });
      await launched.delivery.drained();
      await launched.delivery.untilNoneAside();
      await vi.waitFor(() => expect(told).toEqual(["file", "complete", "done"]));
      await launched.delivery.stop();
      expect(await readEvents(database, "session", 0)).toEqual([]);
    }
  });

  it("an event that is withdrawn while it waits holds up no later one of its task", async () => {
    const answer = pending();
    const told: string[] = [];
    const { delivery } = launch(
      {
        async didFinishDownloading() {
          told.push("file");
          await answer.promise;
        },
        didComplete: () => void told.push("complete"),
      },
      { done: () => void told.push("done") },
    );
    await finishedTask("a", { kind: "download", completion: { handler: "done", context: 1 } });
    delivery.pump();
    await vi.waitFor(() => expect(told).toEqual(["file"]));
    delivery.setAside();
    await delivery.drained();
    const [, withdrawn] = await readEvents(database, "session", 0);
    await database.write(["outbox"], "relaxed", (tx) => tx.objectStore("outbox").delete(withdrawn?.seq ?? 0));
    answer.settle();
    await vi.waitFor(() => expect(told).toEqual(["file", "done"]));
  });

  it("bytes that are gone when the event is read are told of by both of its task's events", async () => {
    const heardOf: (string | undefined)[] = [];
    const { delivery } = launch({
      didFinishDownloading: () => void heardOf.push("a file"),
      didComplete: (_task, error) => void heardOf.push(error?.code),
    });
    await delivery.drained();
    await finishedTask("a", { kind: "download", bytesReceived: 5 });
    delivery.pump();
    await delivery.drained();
    expect(heardOf).toEqual(["storage-lost"]);
  });

  it("a file that cannot be read holds up no task before it", async () => {
    const told: string[] = [];
    const { delivery } = launch({
      didFinishDownloading: (task) => void told.push(`file ${task.id}`),
      didComplete: (task) => void told.push(`complete ${task.id}`),
    });
    await delivery.drained();
    await finishedTask("a");
    await finishedTask("b", {
      kind: "download",
      file: { fileId: "b/0", isTotalSure: true, isSameOrigin: true },
    });
    const read = database.read.bind(database);
    const reading = vi.spyOn(database, "read").mockImplementation(async (stores, body) => {
      if (stores.includes("parts"))
        throw new DOMException("Failed to read large IndexedDB value", "DataError");
      return read(stores, body);
    });
    delivery.pump();
    await vi.waitFor(() => expect(told).toEqual(["complete a"]));
    reading.mockRestore();
    await vi.waitFor(() => expect(told).toEqual(["complete a", "file b", "complete b"]), { timeout: 20_000 });
  });

  it("all were offered when the last call that was set aside has settled", async () => {
    await finishedTask("a");
    const answer = pending();
    const launched = launch({ didComplete: () => answer.promise });
    await vi.waitFor(() => expect(launched.delivery.isCalling).toBe(true));
    launched.delivery.setAside();
    await launched.delivery.drained();
    expect(launched.told).toEqual([]);
    answer.settle();
    await heard(launched, ["all offered"]);
  });

  it("says up to which event all were offered: not beyond one that waits behind a call", async () => {
    await finishedTask("a", { completion: { handler: "done", context: 1 } });
    await finishedTask("b");
    const [first, second] = (await readEvents(database, "session", 0)).map(({ seq }) => seq);
    const answer = pending();
    const launched = launch(
      { didComplete: (task) => (task.id === "a" ? answer.promise : undefined) },
      { done: () => {} },
    );
    expect(launched.delivery.offeredUpTo).toBe(0);
    await vi.waitFor(() => expect(launched.delivery.isCalling).toBe(true));
    launched.delivery.setAside();
    await launched.delivery.drained();
    expect(launched.delivery.offeredUpTo).toBe(first);
    answer.settle();
    await heard(launched, ["all offered"]);
    // That of "b" is no longer in the outbox.
    expect(launched.delivery.offeredUpTo).toBe(second);
  });

  it("an event that was set aside is acknowledged even after delivery has stopped", async () => {
    await finishedTask("a");
    await finishedTask("b");
    const waiting = pending();
    const launched: StartedDelivery = launch({
      didComplete: (task) => (task.id === "a" ? waiting.promise : undefined),
    });
    await vi.waitFor(() => expect(launched.delivery.isCalling).toBe(true));
    launched.delivery.setAside();
    const stopped = launched.delivery.stop();
    waiting.settle();
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

  it("a completion handler learns that the bytes of its task are gone", async () => {
    const file = { fileId: "a/0", isTotalSure: true, isSameOrigin: true };
    const completion = { handler: "done", context: 1 };
    await finishedTask("a", { completion, file, bytesReceived: 9 });
    const codes: unknown[] = [];
    const done: CompletionHandler = ({ error, file: bytes }) => void codes.push(error?.code, bytes);
    await heard(launch({}, { done }), ["complete a", "all offered"]);
    expect(codes).toEqual(["storage-lost", undefined]);
  });

  it("an answer that the platform will never accept is lost; didComplete says storage-lost", async () => {
    const response = { url: "", status: 200, statusText: "", redirected: false, headers: { "no name": "" } };
    await finishedTask("a", { kind: "download", response });
    const errors: unknown[] = [];
    const launched = launch({ didComplete: (_task, error) => void errors.push(error) });
    await heard(launched, ["all offered"]);
    expect(errors).toMatchObject([
      { code: "storage-lost", message: expect.stringMatching(/^The stored answer is damaged: TypeError/) },
    ]);
  });

  it("what a task took is told before its end, to a delegate that wants to know", async () => {
    const metrics = [{ startedAt: 3 } as never];
    await finishedTask("a", { collectsMetrics: true, createdAt: 2, metrics });
    await finishedTask("b", { collectsMetrics: true, createdAt: 2 });
    const told: unknown[] = [];
    const didFinishCollectingMetrics: SessionDelegate["didFinishCollectingMetrics"] = (task, took, event) => {
      told.push([task.id, took, event.delivery]);
    };
    const launched = launch({ didFinishCollectingMetrics });
    await heard(launched, ["complete a", "complete b", "all offered"]);
    expect(told).toEqual([
      ["a", { createdAt: 2, finishedAt: 1, attempts: metrics }, 1],
      ["b", { createdAt: 2, finishedAt: 1, attempts: [] }, 1],
    ]);
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
    const keys = Array.from({ length: 210 }, (_, index) => `task-${index}`);
    const [atOnce, later] = [keys.slice(0, 105), keys.slice(105)];
    for (const key of atOnce) await finishedTask(key);
    const launched = launch();
    const first = [...atOnce.map((key) => `complete ${key}`), "all offered"];
    await heard(launched, first);
    for (const key of later) await finishedTask(key);
    launched.delivery.pump();
    await heard(launched, [...first, ...later.map((key) => `complete ${key}`)]);
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

    it("a file that cannot be read at present is offered when it can be read again", async () => {
      const file = { fileId: "a/0", isTotalSure: true, isSameOrigin: true };
      await finishedTask("a", { kind: "download", file, bytesReceived: 1 });
      await database.write(["parts"], "relaxed", (tx) =>
        tx.objectStore("parts").put({ ...PART, bytes: new Blob(["x"]) }),
      );
      const read = database.read.bind(database);
      let isFailing = true;
      vi.spyOn(database, "read").mockImplementation((stores, body) => {
        if (isFailing && stores[0] === "parts") throw new DOMException("the disk failed", "UnknownError");
        return read(stores, body) as never;
      });
      const launched = launch();
      await settled();
      expect([launched.told, vi.mocked(console.error).mock.calls.length]).toEqual([[], 1]);
      isFailing = false;
      await vi.advanceTimersByTimeAsync(1_000);
      await heard(launched, ["file a", "complete a", "all offered"]);
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

    it("a delivery that is stopped between two tries goes on when it is started again", async () => {
      await finishedTask("a");
      const reads = failReads();
      const launched = launch();
      await settled();
      await launched.delivery.stop();
      reads.mockRestore();
      launched.delivery.start();
      await heard(launched, ["complete a", "all offered"]);
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

  describe("a call that does not settle", () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
    afterEach(() => void vi.useRealTimers());

    const pass = async (ms: number): Promise<void> => {
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await vi.advanceTimersByTimeAsync(ms);
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    };

    it("holds up other tasks for 30 s, is reported, and is acknowledged if it settles after all", async () => {
      for (const key of ["a", "b"]) await finishedTask(key);
      const answer = pending();
      const told: string[] = [];
      const didComplete: SessionDelegate["didComplete"] = (task) => {
        told.push(task.id);
        return task.id === "a" ? answer.promise : undefined;
      };
      const launched = launch({ didComplete });
      await pass(29_999);
      expect([told, launched.told]).toEqual([["a"], []]);
      await pass(1);
      expect([told, launched.told]).toEqual([["a", "b"], ["all offered"]]);
      expect(vi.mocked(console.error).mock.calls).toMatchObject([
        [{ code: "timed-out", taskId: "a", message: expect.stringContaining("didComplete") }],
      ]);
      expect(launched.settled).toEqual(["b"]);
      answer.settle();
      await pass(0);
      expect(launched.settled).toEqual(["b", "a"]);
      expect(await readEvents(database, "session", 0)).toEqual([]);
    });

    it("that was set aside is waited for 30 s", async () => {
      await finishedTask("a");
      const answer = pending();
      const { delivery } = launch({ didComplete: () => answer.promise });
      await pass(0);
      delivery.setAside();
      let isOver = false;
      void delivery.untilNoneAside().then(() => {
        isOver = true;
      });
      await pass(29_999);
      expect(isOver).toBe(false);
      await pass(1);
      expect([isOver, delivery.isAside]).toEqual([true, true]);
      answer.settle();
    });
  });
});
