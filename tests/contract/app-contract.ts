import type { App } from "../support/app/main.ts";

// Not imported: with a DOM, Vite replaces the imports of what only Node has.
const assert: typeof import("node:assert/strict") = process.getBuiltinModule("node:assert/strict");
const deepEqual: (actual: unknown, expected: unknown) => void = assert.deepEqual;
const equal: (actual: unknown, expected: unknown) => void = assert.equal;

declare global {
  var app: App;
}

/** What the server says to a request. */
export interface Answer {
  readonly status?: number;
  readonly body?: string;
}

/** The test app, its server and its browser: the world of the test kit, or the real thing. */
export interface Stage {
  /** Runs a function in the page, which has the global `app`. It sees nothing else of the test. */
  run<Argument, Result>(act: (argument: Argument) => Result, argument: Argument): Promise<Awaited<Result>>;
  /** Sends bytes of the answer to the request of a task, all of them zeros. */
  progress(id: string, bytes: number, totalBytes: number): Promise<void>;
  /** Ends the answer to the request of a task; without a body, with as many zeros as `progress` has said. */
  finish(id: string, answer?: Answer): Promise<void>;
  /** Breaks the connection of a task. */
  cut(id: string): Promise<void>;
  /** Returns what the server gets. */
  request(id: string): Promise<{ method: string; range: string | null; body: string }>;
  goOffline(): Promise<void>;
  goOnline(): Promise<void>;
  killWorker(): Promise<void>;
  killPage(): Promise<void>;
  /** Kills the worker, if it has not died with its page, and has the browser start it as for a sync event. */
  wake(): Promise<void>;
  /** Waits until the app was launched for a session and has handled its events. */
  launched(session: string): Promise<void>;
  /** Loads the page in place of the one that there is or was. */
  load(): Promise<void>;
  /** Checks again until the check does not throw. */
  eventually(check: () => Promise<void>): Promise<void>;
}

/** What not every browser can be made to do. */
export type Act = Extract<keyof Stage, "goOffline" | "killWorker" | "killPage" | "wake">;

interface Case {
  readonly name: string;
  readonly acts?: readonly Act[];
  /** The app's worker handles launches. */
  readonly isLaunched?: boolean;
  readonly play: (stage: Stage) => Promise<void>;
}

/** The app's worker that handles a launch. */
const LAUNCH_WORKER = "/launch-worker.js";

const open = (stage: Stage, serviceWorker = "/sw.js"): Promise<void> =>
  stage.run(
    async (serviceWorker) =>
      void (await app.open("test", { serviceWorker, configuration: { transport: "worker" } })),
    serviceWorker,
  );

interface Made {
  readonly kind?: "download" | "data" | "upload";
  readonly queue?: string;
  readonly isHandled?: boolean;
}

/** Makes a task and starts it; its address is `/held/` and its id. */
const start = (stage: Stage, id: string, made: Made = {}): Promise<void> =>
  stage.run(
    async ({ id, made: { kind = "download", queue, isHandled = false } }) => {
      const session = app.BackgroundSession.current("test");
      const completion = { handler: "sent", context: { answer: 42 } };
      const options = { id, ...(queue && { queue }), ...(isHandled && { completion }) };
      const url = `/held/${id}`;
      const task =
        kind === "upload"
          ? session?.uploadTask(url, "the body", options)
          : session?.[`${kind}Task`](url, options);
      Object.assign(globalThis, { [`task ${id}`]: task });
      await task?.resume();
    },
    { id, made },
  );

/** Calls a method of the task with that id, as the page knows it. */
const control = (stage: Stage, id: string, method: "suspend" | "resume" | "cancel"): Promise<void> =>
  stage.run(
    async ({ id, method }) => void (await app.BackgroundSession.current("test")?.task(id)?.[method]()),
    { id, method },
  );

const describe = (stage: Stage, id: string) =>
  stage.run((id) => {
    const task = app.BackgroundSession.current("test")?.task(id);
    return task && app.describe(task);
  }, id);

async function expectTask(stage: Stage, id: string, facts: Record<string, unknown>): Promise<void> {
  await stage.eventually(async () => {
    const shown: Record<string, unknown> = { ...(await describe(stage, id)) };
    deepEqual(Object.fromEntries(Object.keys(facts).map((name) => [name, shown[name]])), facts);
  });
}

/** Expects what the app has noted, over all its pages, and that it is told nothing more. */
async function expectNotes(stage: Stage, expected: readonly string[]): Promise<void> {
  const noted = async (): Promise<void> => {
    const entries = await stage.run(() => app.entries(), undefined);
    const lines = entries.map(({ type, id, status, sizeBytes, text, error, context }) =>
      [type, id, sizeBytes, status, error, text, context && JSON.stringify(context)]
        .filter((word) => word !== undefined)
        .join(" "),
    );
    deepEqual(lines, expected);
  };
  await stage.eventually(noted);
  await stage.eventually(async () => equal((await stage.run(() => app.rows("outbox"), undefined)).length, 0));
  await noted();
}

/** What holds of an app, in the world of the test kit as in a browser. */
export const CASES: readonly Case[] = [
  {
    name: "a download delivers its file, then its end, once each, over a reload too",
    async play(stage) {
      await open(stage);
      await start(stage, "a");
      await stage.finish("a", { body: "hello" });
      const notes = ["didFinishDownloading a 5", "didComplete a 200"];
      // The digest is of no interest here.
      await expectNotes(stage, notes);
      await stage.load();
      await open(stage);
      await expectNotes(stage, notes);
    },
  },
  {
    name: "a status is no error",
    async play(stage) {
      await open(stage);
      await start(stage, "a");
      await stage.finish("a", { status: 404, body: "no" });
      await expectNotes(stage, ["didFinishDownloading a 2", "didComplete a 404"]);
    },
  },
  {
    name: "a completion handler gets the response of a data task and the stored context, after didComplete",
    async play(stage) {
      await open(stage);
      await start(stage, "a", { kind: "data", isHandled: true });
      await stage.finish("a", { status: 201, body: "made" });
      await expectNotes(stage, ["didComplete a 201", 'handler sent 201 made {"answer":42}']);
    },
  },
  {
    name: "an upload sends its body, and delivers the response with its own",
    async play(stage) {
      await open(stage);
      await start(stage, "a", { kind: "upload" });
      deepEqual(await stage.request("a"), { method: "POST", range: null, body: "the body" });
      await stage.finish("a", { status: 201, body: "stored" });
      await expectNotes(stage, ["didComplete a 201 stored"]);
    },
  },
  {
    name: "progress shows in the handle",
    async play(stage) {
      await open(stage);
      await start(stage, "a");
      await stage.progress("a", 100, 400);
      await expectTask(stage, "a", {
        state: "running",
        activity: "transferring",
        countOfBytesReceived: 100,
        countOfBytesExpectedToReceive: 400,
      });
      await stage.finish("a");
      await expectNotes(stage, ["didFinishDownloading a 400", "didComplete a 200"]);
    },
  },
  {
    name: "a cancelled task ends with its error",
    async play(stage) {
      await open(stage);
      await start(stage, "a");
      await stage.progress("a", 100, 400);
      await control(stage, "a", "cancel");
      await expectNotes(stage, ["didComplete a cancelled"]);
    },
  },
  {
    name: "a suspended download continues from its bytes when it is resumed",
    async play(stage) {
      await open(stage);
      await start(stage, "a");
      await stage.progress("a", 100, 400);
      await expectTask(stage, "a", { countOfBytesReceived: 100 });
      await control(stage, "a", "suspend");
      await expectTask(stage, "a", { state: "suspended", activity: "none", countOfBytesReceived: 100 });
      await control(stage, "a", "resume");
      equal((await stage.request("a")).range, "bytes=100-");
      await stage.finish("a");
      await expectNotes(stage, ["didFinishDownloading a 400", "didComplete a 200"]);
    },
  },
  {
    name: "a broken connection is tried again, from the bytes that came",
    async play(stage) {
      await open(stage);
      await start(stage, "a");
      await stage.progress("a", 100, 400);
      await expectTask(stage, "a", { countOfBytesReceived: 100 });
      await stage.cut("a");
      equal((await stage.request("a")).range, "bytes=100-");
      await stage.finish("a");
      await expectNotes(stage, ["didFinishDownloading a 400", "didComplete a 200"]);
    },
  },
  {
    name: "a server that is busy is asked again",
    async play(stage) {
      await open(stage);
      await start(stage, "a");
      await stage.finish("a", { status: 503 });
      await expectTask(stage, "a", { activity: "connecting", attempts: 2 });
      await stage.finish("a", { body: "now" });
      await expectNotes(stage, ["didFinishDownloading a 3", "didComplete a 200"]);
    },
  },
  {
    name: "a task waits while the device is offline, and goes on when it is online",
    acts: ["goOffline"],
    async play(stage) {
      await open(stage);
      await stage.goOffline();
      await start(stage, "a");
      await expectTask(stage, "a", { state: "running", activity: "waiting-for-network" });
      await stage.goOnline();
      await stage.finish("a", { body: "hello" });
      await expectNotes(stage, ["didFinishDownloading a 5", "didComplete a 200"]);
    },
  },
  {
    name: "a worker that is killed goes on with what is on disk",
    acts: ["killWorker"],
    async play(stage) {
      await open(stage);
      await start(stage, "a");
      await stage.progress("a", 100, 400);
      await stage.eventually(async () =>
        equal((await stage.run(() => app.rows("tasks"), undefined))[0]?.bytesReceived, 100),
      );
      await stage.killWorker();
      // A server may see only later that the first request has gone.
      await stage.eventually(async () => equal((await stage.request("a")).range, "bytes=100-"));
      await stage.finish("a");
      await expectNotes(stage, ["didFinishDownloading a 400", "didComplete a 200"]);
    },
  },
  {
    name: "a reloaded page has the handles of its running tasks, and follows them",
    async play(stage) {
      await open(stage);
      await start(stage, "a");
      await stage.progress("a", 100, 400);
      await stage.load();
      await open(stage);
      await expectTask(stage, "a", { state: "running", countOfBytesReceived: 100 });
      await stage.finish("a");
      await expectNotes(stage, ["didFinishDownloading a 400", "didComplete a 200"]);
    },
  },
  {
    name: "the next page gets what ended after the last one was killed",
    acts: ["killPage", "wake"],
    async play(stage) {
      await open(stage);
      await start(stage, "a");
      await stage.request("a");
      await stage.killPage();
      await stage.wake();
      await stage.finish("a", { body: "hello" });
      await stage.load();
      await open(stage);
      await expectNotes(stage, ["didFinishDownloading a 5", "didComplete a 200"]);
    },
  },
  {
    name: "the app is launched for what ended without a page, and no page is told again",
    acts: ["killPage", "wake"],
    isLaunched: true,
    async play(stage) {
      await open(stage, LAUNCH_WORKER);
      await start(stage, "a");
      await stage.request("a");
      await stage.killPage();
      await stage.wake();
      await stage.finish("a", { body: "hello" });
      await stage.launched("test");
      await stage.load();
      await open(stage, LAUNCH_WORKER);
      await expectNotes(stage, ["didFinishDownloading a 5", "didComplete a"]);
    },
  },
  {
    name: "the tasks of a queue are sent one after the other",
    async play(stage) {
      await open(stage);
      await start(stage, "a", { kind: "data", queue: "edits" });
      await start(stage, "b", { kind: "data", queue: "edits" });
      await expectTask(stage, "a", { activity: "connecting" });
      await expectTask(stage, "b", { activity: "waiting-for-queue" });
      await stage.finish("a");
      await stage.finish("b");
      await expectNotes(stage, ["didComplete a 200", "didComplete b 200"]);
    },
  },
  {
    name: "an id that is taken keeps the stored task",
    async play(stage) {
      await open(stage);
      await start(stage, "a");
      const again = await stage.run(async () => {
        const task = app.BackgroundSession.current("test")?.downloadTask("/held/other", { id: "a" });
        const result = await task?.resume();
        return { ...result, path: new URL(task?.originalRequest.url ?? "").pathname };
      }, undefined);
      deepEqual(again, { inserted: false, path: "/held/a" });
      await stage.finish("a");
      await expectNotes(stage, ["didFinishDownloading a 0", "didComplete a 200"]);
    },
  },
  {
    name: "a session that is over refuses, and says so",
    async play(stage) {
      await open(stage);
      const code = await stage.run(async () => {
        const session = app.BackgroundSession.current("test");
        await session?.close();
        try {
          session?.downloadTask("/held/a");
          return "none";
        } catch (error) {
          return (error as { code: string }).code;
        }
      }, undefined);
      equal(code, "session-invalidated");
      equal((await stage.run(() => app.news, undefined)).includes("invalid"), true);
    },
  },
];
