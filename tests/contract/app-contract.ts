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
  /** Returns what the server gets; `token` is what `willSend` has added. */
  request(id: string): Promise<{ method: string; range: string | null; token: string | null; body: string }>;
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

export type OwnWorker = "launches" | "sends";

interface Case {
  readonly name: string;
  readonly acts?: readonly Act[];
  /** What it shows depends on the engine: on CI it is played in each, and the others in Chromium. */
  readonly isCore?: true;
  /** The app's own worker handles launches, or its `willSend` adds the header `x-token: for <id>`. */
  readonly worker?: OwnWorker;
  readonly play: (stage: Stage) => Promise<void>;
}

/** The scripts of the app's own workers. */
const SCRIPTS: Readonly<Record<OwnWorker, string>> = {
  launches: "/launch-worker.js",
  sends: "/sending-worker.js",
};

const open = (stage: Stage, worker?: OwnWorker, keepsHistory = false): Promise<void> =>
  stage.run(
    async ({ serviceWorker, keepsHistory }) =>
      void (await app.open("test", {
        serviceWorker,
        configuration: { transport: "worker", keepsHistory },
      })),
    { serviceWorker: worker === undefined ? "/sw.js" : SCRIPTS[worker], keepsHistory },
  );

interface Made {
  readonly kind?: "download" | "data" | "upload";
  readonly queue?: string;
  readonly group?: string;
  readonly after?: readonly string[];
  readonly isHandled?: boolean;
  readonly destination?: { readonly cache: string };
}

/** Makes a task and starts it; its address is `/held/` and its id. */
const start = (stage: Stage, id: string, made: Made = {}): Promise<void> =>
  stage.run(
    async ({ id, made: { kind = "download", isHandled = false, ...others } }) => {
      const session = app.BackgroundSession.current("test");
      const completion = { handler: "sent", context: { answer: 42 } };
      const options = { id, ...others, ...(isHandled && { completion }) };
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
    name: "a download is placed in a cache as a whole, and the next page finds it there",
    async play(stage) {
      await open(stage);
      await start(stage, "a", { destination: { cache: "episodes" } });
      await stage.progress("a", 100, 400);
      await expectTask(stage, "a", { countOfBytesReceived: 100 });
      const placed = () =>
        stage.run(async () => {
          const found = await caches.match("/held/a");
          const cache = await caches.open("episodes");
          const paths = (await cache.keys()).map(({ url }) => new URL(url).pathname);
          return [found?.status, (await found?.blob())?.size, ...paths];
        }, undefined);
      deepEqual(await placed(), [undefined, undefined]);
      await stage.finish("a");
      await expectNotes(stage, ["didComplete a 200"]);
      await stage.load();
      deepEqual(await placed(), [200, 400, "/held/a"]);
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
      deepEqual(await stage.request("a"), {
        method: "POST",
        range: null,
        token: null,
        body: "the body",
      });
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
    isCore: true,
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
    worker: "launches",
    async play(stage) {
      await open(stage, "launches");
      await start(stage, "a");
      await stage.request("a");
      await stage.killPage();
      await stage.wake();
      await stage.finish("a", { body: "hello" });
      await stage.launched("test");
      await stage.load();
      await open(stage, "launches");
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
    name: "a task that comes after another waits for it, and fails with it",
    async play(stage) {
      await open(stage);
      await start(stage, "a", { kind: "data" });
      await start(stage, "b", { kind: "data", after: ["a"] });
      await start(stage, "c", { kind: "data", after: ["b"] });
      await expectTask(stage, "b", { activity: "waiting-for-tasks" });
      await stage.finish("a");
      await stage.finish("b", { status: 404 });
      await expectNotes(stage, ["didComplete a 200", "didComplete b 404", "didComplete c dependency-failed"]);
    },
  },
  {
    name: "the tasks of a group are suspended and resumed together, and its snapshot counts them",
    async play(stage) {
      await open(stage);
      for (const id of ["a", "b"]) await start(stage, id, { group: "album" });
      await start(stage, "c");
      await stage.request("c");
      const counts = () =>
        stage.run(
          () => app.BackgroundSession.current("test")?.group("album").getSnapshot().counts,
          undefined,
        );
      await stage.run(() => app.BackgroundSession.current("test")?.group("album").suspend(), undefined);
      deepEqual(await counts(), { running: 0, suspended: 2, succeeded: 0, failed: 0 });
      await expectTask(stage, "c", { state: "running" });
      await stage.run(() => app.BackgroundSession.current("test")?.group("album").resume(), undefined);
      for (const id of ["a", "b", "c"]) await stage.finish(id, { body: id });
      await stage.eventually(async () =>
        deepEqual(await counts(), { running: 0, suspended: 0, succeeded: 2, failed: 0 }),
      );
    },
  },
  {
    name: "session.fetch fulfils with the response, and rejects if its signal is aborted",
    async play(stage) {
      await open(stage);
      await stage.run(() => {
        const session = app.BackgroundSession.current("test");
        const stop = new AbortController();
        const init = { method: "POST", body: "2 apples" };
        const answers = ["a", "b"].map((id) =>
          session
            ?.fetch(`/held/${id}`, { ...init, ...(id === "b" && { signal: stop.signal }) }, { id })
            .then(async (response) => [response.status, await response.text()])
            .catch(({ name }) => [name]),
        );
        for (const id of ["a", "b"]) Object.assign(globalThis, { [`task ${id}`]: session?.task(id) });
        Object.assign(globalThis, { answers, stop });
      }, undefined);
      deepEqual(await stage.request("a"), { method: "POST", range: null, token: null, body: "2 apples" });
      await stage.finish("a", { status: 201, body: "made" });
      await stage.request("b");
      const answers = await stage.run(() => {
        const { answers, stop } = globalThis as never as {
          answers: Promise<unknown>[];
          stop: AbortController;
        };
        stop.abort();
        return Promise.all(answers);
      }, undefined);
      deepEqual(answers, [[201, "made"], ["AbortError"]]);
      await expectNotes(stage, ["didComplete a 201", "didComplete b cancelled"]);
    },
  },
  {
    name: "subscribers see how a task goes on and ends, and a snapshot stays the same until something changes",
    async play(stage) {
      await open(stage);
      await stage.run(() => {
        const seen: unknown[] = [];
        const session = app.BackgroundSession.current("test");
        session?.subscribe(({ tasks, finished }) =>
          seen.push([tasks[0]?.state, tasks[0]?.countOfBytesReceived, finished.map(({ id }) => id)]),
        );
        Object.assign(globalThis, { seen });
      }, undefined);
      const seen = () => stage.run(() => (globalThis as never as { seen: unknown[] }).seen, undefined);
      deepEqual(await seen(), [[undefined, undefined, []]]);
      await start(stage, "a");
      await stage.progress("a", 100, 400);
      await stage.eventually(async () => deepEqual((await seen()).at(-1), ["running", 100, []]));
      const isSame = await stage.run(() => {
        const session = app.BackgroundSession.current("test");
        const snapshots = [session?.getSnapshot(), session?.getSnapshot()];
        return new Set(snapshots).size === 1 && snapshots[0]?.tasks[0] === session?.task("a")?.info;
      }, undefined);
      equal(isSame, true);
      await stage.finish("a");
      await stage.eventually(async () => deepEqual((await seen()).at(-1), [undefined, undefined, ["a"]]));
    },
  },
  {
    name: "willSend of the app's worker is asked before each attempt",
    worker: "sends",
    async play(stage) {
      await open(stage, "sends");
      await start(stage, "a");
      await stage.progress("a", 100, 400);
      await expectTask(stage, "a", { countOfBytesReceived: 100 });
      equal((await stage.request("a")).token, "for a");
      await stage.cut("a");
      deepEqual(await stage.request("a"), { method: "GET", range: "bytes=100-", token: "for a", body: "" });
      await stage.finish("a");
      await expectNotes(stage, ["didFinishDownloading a 400", "didComplete a 200"]);
    },
  },
  {
    name: "an observer beside the owner makes tasks and sees them, and the owner gets their events",
    isCore: true,
    async play(stage) {
      await open(stage);
      const roles = await stage.run(async () => {
        const observer = await app.BackgroundSession.open("test", { role: "observer" });
        Object.assign(globalThis, { observer });
        const task = observer.downloadTask("/held/a", { id: "a" });
        Object.assign(globalThis, { "task a": task });
        await task.resume();
        return [observer.role, app.BackgroundSession.current("test")?.role];
      }, undefined);
      deepEqual(roles, ["observer", "owner"]);
      await expectTask(stage, "a", { state: "running" });
      await stage.finish("a", { body: "hello" });
      await expectNotes(stage, ["didFinishDownloading a 5", "didComplete a 200"]);
      const finished = () =>
        stage.run(() => {
          const { observer } = globalThis as never as {
            observer: ReturnType<typeof app.BackgroundSession.current>;
          };
          return observer?.getSnapshot().finished.map(({ id, state }) => [id, state]);
        }, undefined);
      await stage.eventually(async () => deepEqual(await finished(), [["a", "completed"]]));
    },
  },
  {
    name: "the history has what has ended, the newest first, in a later page too",
    async play(stage) {
      await open(stage, undefined, true);
      await start(stage, "a", { kind: "data" });
      await stage.finish("a", { status: 404 });
      await expectNotes(stage, ["didComplete a 404"]);
      await start(stage, "b", { kind: "data" });
      await stage.request("b");
      await control(stage, "b", "cancel");
      await expectNotes(stage, ["didComplete a 404", "didComplete b cancelled"]);
      await stage.load();
      await open(stage, undefined, true);
      const history = await stage.run(
        async () =>
          (await app.BackgroundSession.current("test")?.history())?.map(({ id, state, error, response }) => [
            id,
            state,
            error?.code,
            response?.status,
          ]),
        undefined,
      );
      deepEqual(history, [
        ["b", "completed", "cancelled", undefined],
        ["a", "completed", undefined, 404],
      ]);
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
    name: "a task that ended badly holds its queue, until the app resumes it",
    async play(stage) {
      await stage.run(async () => {
        const queues = { edits: { onFailure: "hold" } } as const;
        await app.open("test", { configuration: { transport: "worker", queues } });
      }, undefined);
      for (const id of ["a", "b"]) await start(stage, id, { kind: "data", queue: "edits" });
      await stage.finish("a", { status: 404 });
      await expectNotes(stage, ["didComplete a 404"]);
      await expectTask(stage, "b", { state: "running", activity: "queue-held" });
      await stage.run(() => app.BackgroundSession.current("test")?.queue("edits").resume(), undefined);
      await stage.finish("b");
      await expectNotes(stage, ["didComplete a 404", "didComplete b 200"]);
    },
  },
  {
    name: "a challenge asks the app, and the request is sent again as it says",
    async play(stage) {
      await stage.run(async () => {
        await app.open("test", {
          configuration: { transport: "worker", challengeStatuses: [401] },
          delegate: {
            async didReceiveChallenge(task, { response }) {
              app.news.push(`challenged ${task.id} ${response.status}`);
              return "continue";
            },
            didComplete: (task, _, { eventId }) =>
              app.note({
                type: "didComplete",
                eventId,
                id: task.id,
                ...(task.response && { status: task.response.status }),
              }),
          },
        });
      }, undefined);
      await start(stage, "a", { kind: "data" });
      await stage.finish("a", { status: 401 });
      await expectTask(stage, "a", { activity: "connecting", attempts: 2 });
      await stage.finish("a");
      await expectNotes(stage, ["didComplete a 200"]);
      deepEqual(await stage.run(() => app.news, undefined), ["challenged a 401"]);
    },
  },
  {
    name: "a download is cancelled with its bytes, and another task goes on with them",
    async play(stage) {
      await open(stage);
      await start(stage, "a");
      await stage.progress("a", 100, 400);
      await expectTask(stage, "a", { countOfBytesReceived: 100 });
      await stage.run(async () => {
        const session = app.BackgroundSession.current("test");
        const resumeData = await session?.task("a")?.cancelByProducingResumeData();
        if (resumeData === undefined) throw new Error("There are no resume data.");
        const task = session?.downloadTask({ resumeData }, { id: "b" });
        // The server of the test knows a task by its address.
        Object.assign(globalThis, { "task a": task });
        await task?.resume();
      }, undefined);
      await stage.eventually(async () => equal((await stage.request("a")).range, "bytes=100-"));
      await stage.finish("a");
      await expectNotes(stage, [
        "didComplete a 200 cancelled",
        "didFinishDownloading b 400",
        "didComplete b 200",
      ]);
    },
  },
  {
    name: "an event that the app has not handled by then is offered again in the next page",
    isCore: true,
    async play(stage) {
      await stage.run(async () => {
        await app.open("test", {
          configuration: { transport: "worker" },
          delegate: {
            didComplete(task, _, { delivery }) {
              app.news.push(`complete ${task.id} ${delivery}`);
              return new Promise(() => {});
            },
          },
        });
      }, undefined);
      await start(stage, "a", { kind: "data" });
      await stage.finish("a");
      await stage.eventually(async () =>
        deepEqual(await stage.run(() => app.news, undefined), ["complete a 1"]),
      );
      await stage.load();
      await open(stage);
      await expectNotes(stage, ["didComplete a 200"]);
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
