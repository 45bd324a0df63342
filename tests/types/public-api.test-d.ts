import { describe, expectTypeOf, it } from "vitest";
import {
  BackgroundSession,
  type BackgroundTask,
  type EventInfo,
  type ResumeData,
  type SessionDelegate,
  SessionError,
  type SessionErrorCode,
  type TaskResult,
} from "../../src/app/index.ts";
import { FakeSession, tell } from "../consumers/doubles.ts";

declare const session: BackgroundSession;
declare const task: BackgroundTask;

describe("a session", () => {
  it("is opened, not constructed", () => {
    expectTypeOf(BackgroundSession.open).returns.resolves.toEqualTypeOf<BackgroundSession>();
    expectTypeOf(BackgroundSession.current).returns.toEqualTypeOf<BackgroundSession | undefined>();
    // @ts-expect-error The constructor is private.
    new BackgroundSession(() => {});
  });

  it("is named by a string", () => {
    // @ts-expect-error
    BackgroundSession.open(5);
    // @ts-expect-error
    BackgroundSession.open();
  });

  it("takes the four ways of onBusy and no other", () => {
    for (const onBusy of ["observe", "wait", "take-over", "fail"] as const)
      BackgroundSession.open("a", { onBusy });
    // @ts-expect-error
    BackgroundSession.open("a", { onBusy: "takeover" });
  });

  it("says where its daemon runs, and is told the script in three ways", () => {
    expectTypeOf(session.daemon).toEqualTypeOf<"service-worker" | "page">();
    const url = new URL("https://example.test/sw.js");
    for (const serviceWorker of ["/sw.js", url, { url, type: "module", scope: "/" }] as const)
      BackgroundSession.open("a", { serviceWorker });
    // @ts-expect-error
    BackgroundSession.open("a", { serviceWorker: { url, type: "common" } });
    // @ts-expect-error
    session.daemon = "page";
  });

  it("takes no option and no configuration that it does not know", () => {
    // @ts-expect-error
    BackgroundSession.open("a", { delegat: {} });
    // @ts-expect-error
    BackgroundSession.open("a", { configuration: { timeoutIntervalForReqest: 5 } });
    // @ts-expect-error
    BackgroundSession.open("a", { configuration: { retention: "7 days" } });
    // @ts-expect-error
    BackgroundSession.open("a", { configuration: { retry: { limits: 3 } } });
  });

  it("gives its delegate what each message is about", () => {
    BackgroundSession.open("a", {
      delegate: {
        didFinishDownloading: async (finished, file, event) => {
          expectTypeOf(finished).toEqualTypeOf<BackgroundTask>();
          expectTypeOf(file).toEqualTypeOf<File>();
          expectTypeOf(event).toEqualTypeOf<EventInfo>();
        },
        didComplete: (_, error) => expectTypeOf(error).toEqualTypeOf<SessionError | undefined>(),
        didFinishEvents: (it) => expectTypeOf(it).toEqualTypeOf<BackgroundSession>(),
        didResumeAtOffset: (_, offset) => expectTypeOf(offset).toEqualTypeOf<number>(),
      },
    });
    // @ts-expect-error There is no such message.
    BackgroundSession.open("a", { delegate: { didFinish: () => {} } });
    const wrong = (_: BackgroundTask, file: string): string => file;
    // @ts-expect-error A file is no string.
    BackgroundSession.open("a", { delegate: { didFinishDownloading: wrong } });
  });

  it("calls handlers with the result and the context that the app stored", () => {
    BackgroundSession.open("a", {
      completionHandlers: {
        sent: (result: TaskResult, context: { photo: number }) => [result.response, context.photo],
      },
    });
    // @ts-expect-error A handler is a function.
    BackgroundSession.open("a", { completionHandlers: { sent: "sent" } });
    // @ts-expect-error The first argument is the result.
    BackgroundSession.open("a", { completionHandlers: { sent: (result: number) => result } });
  });
});

describe("a task maker", () => {
  it("takes a URL, a Request, or what makes one, and returns a handle at once", () => {
    for (const request of ["/a", new URL("https://a.test"), new Request("/a"), { url: "/a", method: "PUT" }])
      expectTypeOf(session.dataTask(request)).toEqualTypeOf<BackgroundTask>();
    expectTypeOf(session.downloadTask("/a")).toEqualTypeOf<BackgroundTask>();
  });

  it("takes a stream as a body, and no request whose response nobody may read", () => {
    session.dataTask({ url: "/a", method: "POST", body: new ReadableStream() });
    // @ts-expect-error
    session.dataTask({ url: "/a", mode: "no-cors" });
  });

  it("takes an upload with its body, or with resume data", () => {
    const bodies = [
      new Blob(),
      new File([], "a"),
      new FormData(),
      "text",
      new ArrayBuffer(1),
      new URLSearchParams(),
    ];
    for (const body of bodies) {
      expectTypeOf(session.uploadTask("/a", body, { protocol: "tus" })).toEqualTypeOf<BackgroundTask>();
    }
    expectTypeOf(task.cancelByProducingResumeData()).resolves.toEqualTypeOf<ResumeData | undefined>();
    session.uploadTask({ resumeData: {} as ResumeData }, { id: "again" });
    // @ts-expect-error Only a download goes on from another address.
    session.uploadTask({ resumeData: {} as ResumeData, request: "/fresh" }, { id: "again" });
    for (const request of ["/fresh", new URL("https://a.test/"), new Request("/fresh"), { url: "/fresh" }])
      session.downloadTask({ resumeData: {} as ResumeData, request }, { id: "again" });
    // @ts-expect-error it was settled when the upload was begun
    session.uploadTask({ resumeData: {} as ResumeData }, { protocol: "ietf" });
    // @ts-expect-error the same
    session.uploadTask({ resumeData: {} as ResumeData }, { idempotencyKey: "key" });
    session.uploadTask("/a", "text", { protocol: "s3" });
    // @ts-expect-error A protocol is a name.
    session.uploadTask("/a", "text", { protocol: 3 });
    // @ts-expect-error An upload has a body.
    session.uploadTask("/a");
    // @ts-expect-error A download has no protocol.
    session.downloadTask("/a", { protocol: "tus" });
  });

  it("takes a destination for downloads only", () => {
    session.downloadTask("/a", { destination: { cache: "pages", key: "/b", headers: { a: "b" } } });
    session.retry(task, { destination: { opfs: "a/b" } });
    // @ts-expect-error It has to say where.
    session.downloadTask("/a", { destination: { key: "/b" } });
    // @ts-expect-error A response is delivered.
    session.dataTask("/a", { destination: { cache: "pages" } });
    // @ts-expect-error An upload has none.
    session.uploadTask("/a", "text", { destination: { cache: "pages" } });
  });

  it("takes no option that it does not know, and none of another type", () => {
    // @ts-expect-error
    session.downloadTask("/a", { desciption: "Episode 42" });
    // @ts-expect-error
    session.downloadTask("/a", { priority: "high" });
    // @ts-expect-error
    session.downloadTask("/a", { onDuplicate: "ignore" });
    // @ts-expect-error
    session.downloadTask("/a", { completion: () => {} });
    // @ts-expect-error
    session.downloadTask("/a", { completion: { context: 7 } });
    session.downloadTask("/a", { completion: { handler: "sent", context: { photo: 7 } } });
  });
});

describe("a task", () => {
  it("shows its facts and lets none be set but its priority", () => {
    expectTypeOf(task.state).toEqualTypeOf<"running" | "suspended" | "canceling" | "completed">();
    expectTypeOf(task.progress.fraction).toEqualTypeOf<number | undefined>();
    expectTypeOf(task.completed).resolves.toEqualTypeOf<TaskResult>();
    expectTypeOf(task.resume()).resolves.toEqualTypeOf<{ readonly inserted: boolean }>();
    task.priority = 1;
    // @ts-expect-error
    task.state = "running";
    // @ts-expect-error
    task.id = "other";
    // @ts-expect-error
    task.originalRequest.url = "/b";
  });
});

describe("an error", () => {
  it("has a code of a closed set", () => {
    expectTypeOf<SessionError["code"]>().toEqualTypeOf<SessionErrorCode>();
    new SessionError("expired", "m");
    // @ts-expect-error
    new SessionError("unknown", "m");
  });
});

describe("a test double", () => {
  it("implements a task and a session: their types have no private parts", () => {
    expectTypeOf(new FakeSession()).toExtend<BackgroundSession>();
    expectTypeOf(tell).parameter(0).toEqualTypeOf<SessionDelegate>();
    expectTypeOf(session).not.toHaveProperty("core");
  });

  it("is told apart from a session by instanceof", () => {
    const unknown: unknown = session;
    if (unknown instanceof BackgroundSession) expectTypeOf(unknown).toEqualTypeOf<BackgroundSession>();
  });
});
