import { afterEach, describe, expect, it } from "vitest";
import { BackgroundSession, type BackgroundTask } from "../../../src/app/index.ts";
import { destinations } from "../../../src/sw/destinations/index.ts";
import { tus } from "../../../src/sw/uploads/tus/index.ts";
import {
  createTestTask,
  createTestWorld,
  type TestWorld,
  type TestWorldOptions,
} from "../../../src/testing/index.ts";

let world: TestWorld;
const open = (options?: TestWorldOptions): TestWorld => {
  world = createTestWorld(options);
  return world;
};
afterEach(() => world?.close());

/** An app that notes what its delegate hears. */
function app() {
  const heard: string[] = [];
  const delegate = {
    async didFinishDownloading(task: { id: string }, file: File) {
      heard.push(`file ${task.id} ${await file.text()}`);
    },
    didComplete(task: { id: string }, error: { code: string } | undefined) {
      heard.push(`complete ${task.id} ${error?.code ?? "well"}`);
    },
  };
  return { heard, delegate };
}

describe("a test world", () => {
  it("delivers the file, then the end, once each", async () => {
    const { heard, delegate } = app();
    const session = await open().open("podcasts", { delegate });
    const task = session.downloadTask("https://app.test/42.mp3", { id: "42" });
    void task.resume();
    await world.finish(task, 200, "hello");
    expect(heard).toEqual(["file 42 hello", "complete 42 well"]);
    await world.reload();
    expect(heard).toHaveLength(2);
  });

  it("calls a completion handler with the result and the context", async () => {
    const calls: unknown[] = [];
    const completionHandlers = {
      saved: async ({ response }: { response?: Response | undefined }, context: unknown) =>
        void calls.push(await response?.text(), context),
    };
    const session = await open().open("s", { completionHandlers });
    const task = session.dataTask("https://app.test/x", {
      completion: { handler: "saved", context: { n: 1 } },
    });
    void task.resume();
    await world.finish(task, 200, "body");
    expect(calls).toEqual(["body", { n: 1 }]);
  });

  it("fetches addresses that are relative to the page, as a browser does", async () => {
    const session = await open().open("s", {});
    const answer = session.fetch("orders?new=1", { method: "POST", body: "{}" });
    await world.settled();
    const [task] = session.tasks();
    expect(task?.originalRequest.url).toBe(new URL("orders?new=1", location.href).href);
    if (task !== undefined) await world.finish(task, 201, "made");
    expect((await answer).status).toBe(201);
  });

  it("launches the app for what ended while there was no page", async () => {
    const { heard, delegate } = app();
    open({
      handleEventsForBackgroundSession: async (identifier, completionHandler) => {
        await BackgroundSession.open(identifier, {
          delegate: {
            ...delegate,
            didFinishEvents() {
              heard.push("finished");
              completionHandler();
            },
          },
        });
      },
    });
    const session = await world.open("s", { delegate });
    const task = session.downloadTask("https://app.test/x", { id: "x" });
    await task.resume();
    await world.killPage();
    await world.finish(task, 200, "y");
    await world.relaunch();
    expect(heard).toEqual(["file x y", "complete x well", "finished"]);
  });

  it("gives a reloaded page what it missed", async () => {
    const { heard, delegate } = app();
    const session = await open().open("s", { delegate });
    const task = session.downloadTask("https://app.test/x", { id: "x" });
    await task.resume();
    await world.killPage();
    await world.finish(task, 200, "y");
    expect(heard).toEqual([]);
    await world.reload();
    expect(heard).toEqual(["file x y", "complete x well"]);
  });

  it("ends a cancelled task with its error, and a failed one with the code", async () => {
    const { heard, delegate } = app();
    const session = await open().open("s", { delegate });
    const [a, b] = ["a", "b"].map((id) => session.downloadTask(`https://app.test/${id}`, { id }));
    await a?.resume();
    await b?.resume();
    await a?.cancel();
    await world.settled();
    await world.fail(b as never, "bad-response");
    expect(heard).toEqual(["complete a cancelled", "complete b bad-response"]);
  });

  it("tries again after a lost connection", async () => {
    const { heard, delegate } = app();
    const session = await open().open("s", { delegate });
    const task = session.downloadTask("https://app.test/x", { id: "x" });
    await task.resume();
    await world.fail(task);
    await world.advance(60_000);
    await world.progress(task, 4, 8);
    expect(task.countOfBytesReceived).toBe(4);
    await world.finish(task, 200, "rest");
    expect(heard).toEqual(["file x \0\0\0\0rest", "complete x well"]);
  });

  it("waits while it is offline, and goes on when the network is back", async () => {
    const { heard, delegate } = app();
    const session = await open().open("s", { delegate });
    const task = session.downloadTask("https://app.test/x", { id: "x" });
    await task.resume();
    await world.progress(task, 4, 8);
    await world.goOffline();
    expect(navigator.onLine).toBe(false);
    expect(task.activity).toBe("waiting-for-network");
    await world.advance(60_000);
    expect(task.activity).toBe("waiting-for-network");
    await world.goOnline();
    expect(task.activity).toBe("connecting");
    await world.finish(task, 200);
    expect(heard).toEqual(["file x \0\0\0\0\0\0\0\0", "complete x well"]);
  });

  it("goes on when the network is back even if a task was made offline, and no page is open", async () => {
    const session = await open().open("s");
    await world.goOffline();
    const task = session.downloadTask("https://app.test/x");
    await task.resume();
    await world.settled();
    expect(task.activity).toBe("waiting-for-network");
    await world.killPage();
    await world.killWorker();
    await world.goOnline();
    await world.finish(task);
    const { heard, delegate } = app();
    await world.open("s", { delegate });
    expect(heard).toEqual([`file ${task.id} `, `complete ${task.id} well`]);
  });

  it("tells a page that was reloaded offline when the network is back", async () => {
    await open().load(() => BackgroundSession.open("s", { serviceWorker: "/sw.js" }));
    const task = BackgroundSession.current("s")?.downloadTask("https://app.test/x", { id: "x" });
    await task?.resume();
    await world.goOffline();
    await world.reload();
    const again = BackgroundSession.current("s")?.task("x");
    expect(again?.activity).toBe("waiting-for-network");
    await world.goOnline();
    expect(again?.activity).toBe("connecting");
  });

  it("starts a worker that was killed, which continues from what is on disk", async () => {
    const { heard, delegate } = app();
    const session = await open().open("s", { delegate });
    const task = session.downloadTask("https://app.test/x", { id: "x" });
    await task.resume();
    await world.progress(task, 4, 8);
    await world.advance(5_000);
    await world.killWorker();
    expect((await world.request(task)).headers.get("range")).toBe("bytes=4-");
    await world.finish(task, 200, "rest");
    expect(heard).toEqual(["file x \0\0\0\0rest", "complete x well"]);
  });

  it("runs the app's own start, and runs it again in a reloaded page", async () => {
    const { heard, delegate } = app();
    const start = async () => {
      const session = await BackgroundSession.open("s", { serviceWorker: "/app/sw.js", delegate });
      return session.task("x") ?? session.downloadTask("/files/x", { id: "x" });
    };
    const task = await open().load(start);
    expect(task.originalRequest.url).toBe("https://app.test/files/x");
    expect(await indexedDB.databases()).toMatchObject([{ name: "background-session:/app/" }]);
    await task.resume();
    const [again] = await world.reload();
    expect(again).not.toBe(task);
    expect(again).toMatchObject({ id: "x", state: "running" });
    await world.finish(again as BackgroundTask, 200, "y");
    expect(heard).toEqual(["file x y", "complete x well"]);
  });

  it("shows the request of a task as the server gets it, and asks the app's willSend before", async () => {
    const willSend = async () => ({ authorization: "fresh" });
    const session = await open({ willSend }).open("s");
    const task = session.uploadTask("https://app.test/photos", new Blob(["photo"]));
    await task.resume();
    const request = await world.request(task);
    expect(request.method).toBe("POST");
    expect(request.headers.get("authorization")).toBe("fresh");
    expect(await request.text()).toBe("photo");
    await world.finish(task, new Response("stored", { status: 201 }));
    const { response } = await task.completed;
    expect(response?.status).toBe(201);
    expect(await response?.text()).toBe("stored");
  });

  it("sends an upload by a protocol of the app's worker, request by request", async () => {
    const session = await open({ uploadProtocols: [tus] }).open("s");
    const task = session.uploadTask("https://app.test/files", new Blob(["photo"]), { protocol: "tus" });
    await task.resume();
    expect((await world.request(task)).method).toBe("OPTIONS");
    await world.finish(task, { status: 204, headers: { "tus-version": "1.0.0" } });
    expect((await world.request(task)).headers.get("upload-length")).toBe("5");
    await world.finish(task, { status: 201, headers: { location: "/files/1" } });
    const request = await world.request(task);
    expect([request.method, request.url]).toEqual(["PATCH", "https://app.test/files/1"]);
    await world.finish(task, { status: 204, headers: { "upload-offset": "5" } });
    expect(task).toMatchObject({ state: "completed", error: undefined, countOfBytesSent: 5 });
  });

  it("keeps a context that holds itself, beside a file with its name", async () => {
    const context: Record<string, unknown> = { n: 1 };
    context.self = context;
    const calls: unknown[] = [];
    const completionHandlers = { sent: (_: unknown, got: unknown) => void calls.push(got) };
    const session = await open().open("s", { completionHandlers });
    const form = new FormData();
    form.append("photo", new File(["photo"], "a.jpg"));
    const task = session.uploadTask("https://app.test/photos", form, {
      completion: { handler: "sent", context },
    });
    await task.resume();
    expect(await (await world.request(task)).text()).toContain('filename="a.jpg"');
    await world.finish(task, 201);
    expect(calls).toEqual([context]);
  });

  it("holds the clock: dates and timers go on only with it", async () => {
    open({ now: Date.UTC(2030, 0, 1) });
    expect(new Date().toISOString()).toBe("2030-01-01T00:00:00.000Z");
    expect(new Date(0).getTime()).toBe(0);
    expect(new Date()).toBeInstanceOf(Date);
    let rings = 0;
    const alarm = setInterval(() => {
      rings += 1;
    }, 10_000);
    await world.advance(35_000);
    clearInterval(alarm);
    await world.advance(35_000);
    expect(rings).toBe(3);
    setTimeout(() => {
      throw new Error("a timer of the app");
    });
    setTimeout(() => {
      rings = 0;
    });
    await world.settled();
    expect(rings).toBe(0);
    expect(world.errors).toMatchObject([{ message: "a timer of the app" }]);
    expect(world.now).toBe(Date.now());
    await world.close();
    expect(Date.now()).toBeLessThan(Date.UTC(2030, 0, 1));
  });

  it("has listeners as a page has them: each once, with `once`, and gone when they are removed", async () => {
    open();
    const heard: string[] = [];
    const hear = ({ type }: { type: string }): void => void heard.push(type);
    const types = ["online", "offline"] as const;
    await world.load(() => {
      for (const type of [...types, ...types]) addEventListener(type, hear);
      addEventListener("online", () => void heard.push("first"), { once: true });
      addEventListener("online", { handleEvent: hear }, { signal: AbortSignal.abort() });
    });
    await world.goOffline();
    await world.goOnline();
    expect(heard).toEqual(["offline", "online", "first"]);
    await world.load(() => removeEventListener("online", hear));
    await world.goOffline();
    await world.goOnline();
    expect(heard).toEqual(["offline", "online", "first", "offline"]);
    await world.load(() => removeEventListener("offline", hear));
    await world.goOffline();
    expect(heard).toHaveLength(4);
  });

  it("has channels with listeners, a worker that is ready and controls the page, and timers of Node's kind", async () => {
    open();
    const heard: unknown[] = [];
    const hear = ({ data }: MessageEvent): void => void heard.push(data);
    const [here, there] = await world.load(() => [new BroadcastChannel("app"), new BroadcastChannel("app")]);
    here?.addEventListener("message", hear);
    there?.postMessage({ n: 1 });
    await world.settled();
    here?.removeEventListener("message", hear);
    there?.postMessage({ n: 2 });
    await world.settled();
    expect(heard).toEqual([{ n: 1 }]);
    const { serviceWorker } = navigator;
    expect((await world.load(() => serviceWorker.ready)).active).toBe(serviceWorker.controller);
    let rings = 0;
    const timer = setTimeout(() => {
      rings += 1;
    }, 10_000).unref();
    expect(timer.hasRef()).toBe(true);
    await world.advance(8_000);
    timer.refresh();
    await world.advance(8_000);
    expect(rings).toBe(0);
    clearTimeout(timer);
    await world.advance(60_000);
    expect(rings).toBe(0);
  });

  it("offers an event again to a delegate that throws, and throws its error when it is closed", async () => {
    let calls = 0;
    const delegate = {
      async didComplete() {
        calls += 1;
        if (calls === 1) throw new Error("the app is broken");
      },
    };
    const session = await open().open("s", { delegate });
    const task = session.downloadTask("https://app.test/x");
    await task.resume();
    await world.finish(task);
    expect(calls).toBe(1);
    await world.reload();
    expect(calls).toBe(2);
    await expect(world.close()).rejects.toThrow("the app is broken");
    expect(world.errors).toHaveLength(1);
  });

  it("tells tasks of one id in two sessions apart", async () => {
    const { heard, delegate } = app();
    const [a, b] = [await open().open("a", { delegate }), await world.open("b", { delegate })];
    const tasks = [a, b].map((session) => session.downloadTask("https://app.test/x", { id: "x" }));
    for (const task of tasks) await task.resume();
    await world.finish(tasks[1] as BackgroundTask, 200, "second");
    await world.finish(tasks[0] as BackgroundTask, 200, "first");
    expect(heard.filter((line) => line.startsWith("file"))).toEqual(["file x second", "file x first"]);
  });

  it("gives each test an empty disk", async () => {
    const first = await open().open("s");
    await first.downloadTask("https://app.test/x").resume();
    await world.close();
    expect((await open().open("s")).tasks()).toEqual([]);
  });

  it("loads only what is a function", async () => {
    await expect(open().load(undefined as never)).rejects.toThrow("load() needs a function");
  });

  it("places a file where the app says, also after a worker was killed, and keeps nothing of it for the next test", async () => {
    const session = await open({ destinations }).open("s");
    const task = session.downloadTask("https://app.test/film", { destination: { opfs: "films/42.mp4" } });
    await task.resume();
    await world.progress(task, 3, 6);
    await world.advance(2_000);
    await world.killWorker();
    await world.finish(task, 200, "end");
    expect(task).toMatchObject({ state: "completed", error: undefined });
    const root = await navigator.storage.getDirectory();
    const file = await (await (await root.getDirectoryHandle("films")).getFileHandle("42.mp4")).getFile();
    expect([file.name, await file.text()]).toEqual(["42.mp4", "\0\0\0end"]);
    await world.close();
    await open().open("s");
    await expect((await navigator.storage.getDirectory()).getDirectoryHandle("films")).rejects.toMatchObject({
      name: "NotFoundError",
    });
  });

  it("refuses a place that a directory has", async () => {
    const session = await open({ destinations }).open("s");
    const root = await navigator.storage.getDirectory();
    await root.getDirectoryHandle("film", { create: true });
    const task = session.downloadTask("https://app.test/film", { destination: { opfs: "film" } });
    await task.resume();
    await world.finish(task, 200, "film");
    expect(task.error?.code).toBe("destination-failed");
  });

  it("says that a status was sent already", async () => {
    const session = await open().open("s");
    const task = session.downloadTask("https://app.test/x");
    await task.resume();
    await world.progress(task, 3, 6);
    await expect(world.finish(task, 404)).rejects.toThrow("The status 200 was sent by progress()");
    await world.finish(task);
    expect(task.response?.status).toBe(200);
  });

  it.each([
    ["progress", ["5", 10], "bytes must be a number"],
    ["progress", [Number.NaN], "bytes must be a number"],
    ["progress", [-1, 5], "bytes must be a number"],
    ["progress", [], "bytes must be a number"],
    ["progress", [1, -1], "totalBytes must be a number"],
    ["progress", [10, 5], "10 of 5 bytes"],
    ["finish", ["200"], "response must be a status"],
    ["finish", [99], "response must be a status"],
  ] as const)("refuses %s(task, ...%j), and the task goes on", async (method, values, message) => {
    const session = await open().open("s");
    const task = session.downloadTask("https://app.test/x");
    await task.resume();
    const call = world[method] as (task: unknown, ...values: readonly unknown[]) => Promise<void>;
    await expect(call.call(world, task, ...values)).rejects.toThrow(message);
    await world.progress(task, 3, 6);
    await expect(world.progress(task, 4)).rejects.toThrow("7 of 6 bytes");
    await world.finish(task);
    expect(task).toMatchObject({ error: undefined, countOfBytesReceived: 6 });
  });

  it("says what is wrong if it is misused", async () => {
    const session = await open().open("s");
    const task = session.downloadTask("https://app.test/x");
    await expect(world.finish(task)).rejects.toThrow("Did the app call resume()?");
    const none = new TypeError(
      "world.finish() takes a task of a session: one of createTestTask() belongs to none.",
    );
    await expect(world.finish(createTestTask())).rejects.toThrow(none);
    await expect(world.finish({ ...createTestTask() })).rejects.toThrow(TypeError);
    await expect(world.reload()).resolves.toHaveLength(1);
    await expect(world.fail(task, "no-code" as never)).rejects.toThrow(TypeError);
    await expect(world.advance(-1)).rejects.toThrow(TypeError);
    expect(() => createTestWorld()).toThrow("open already");
    await world.close();
    await expect(world.settled()).rejects.toThrow("closed");
  });

  it("says how a task has ended that sends no more requests", async () => {
    const session = await open().open("s");
    const [done, cancelled] = ["done", "cancelled"].map((id) => session.downloadTask("/x", { id }));
    if (done === undefined || cancelled === undefined) throw new Error("There are no tasks.");
    await done.resume();
    await world.finish(done, 404);
    await expect(world.finish(done)).rejects.toThrow("has ended: its state is completed, with HTTP 404.");
    await cancelled.cancel();
    await expect(world.progress(cancelled, 5)).rejects.toThrow(
      'world.progress(): no request of the task "cancelled" waits for an answer, since it has ended: its state is ' +
        'completed, with the error "cancelled".',
    );
  });

  it("refuses the task of another world", async () => {
    const session = await open().open("s");
    const old = session.downloadTask("/x", { id: "old" });
    await old.resume();
    await world.close();
    await open().open("s");
    await expect(world.finish(old)).rejects.toThrow(
      new TypeError(
        'world.finish(): the task "old" of the session "s" belongs to another test world, which is closed.',
      ),
    );
  });

  it("is closed at the end of the block that uses it", async () => {
    {
      await using used = createTestWorld({ now: 0 });
      expect(used.now).toBe(0);
    }
    expect(Date.now()).toBeGreaterThan(0);
    open();
  });
});
