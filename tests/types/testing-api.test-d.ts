import { describe, expectTypeOf, it } from "vitest";
import type {
  BackgroundSession,
  BackgroundTask,
  CompletionHandler,
  EventInfo,
  SessionDelegate,
  TaskResult,
} from "../../src/app/index.ts";
import { SessionError } from "../../src/app/index.ts";
import { createTestTask, createTestWorld } from "../../src/testing/index.ts";

const event: EventInfo = { eventId: "1", delivery: 1 };

describe("the test kit", () => {
  it("makes tasks that a delegate takes as they are", () => {
    const delegate = {
      didFinishDownloading: (task, file) => [task.id, file.size],
      didComplete: (task, error) => [task.id, error?.code],
      didWriteData: (task) => task.progress.fraction,
    } satisfies SessionDelegate;
    delegate.didFinishDownloading(createTestTask(), new File([], "a"));
    delegate.didComplete(createTestTask({ error: "expired" }), new SessionError("expired", "…"));
    delegate.didWriteData(createTestTask({ countOfBytesReceived: 5 }));
    const declared: SessionDelegate = delegate;
    declared.didComplete?.(createTestTask(), undefined, event);
    expectTypeOf(createTestTask()).toEqualTypeOf<BackgroundTask>();
  });

  it("lets a completion handler be called with a plain result", () => {
    const handler: CompletionHandler<{ photo: number }> = (result, context) => [result.error, context.photo];
    const result: TaskResult = { response: new Response("body") };
    handler(result, { photo: 7 }, event);
    handler({ error: new SessionError("cancelled", "…") }, { photo: 7 }, event);
    // @ts-expect-error The context is what the app stored.
    handler(result, { photos: 7 }, event);
  });

  it("opens the sessions that an app opens, and takes what an app passes to startDaemon()", () => {
    const world = createTestWorld({
      now: 0,
      willSend: (request, task) => new Headers({ authorization: `${request.method} ${task.id}` }),
      handleEventsForBackgroundSession: (identifier, completionHandler) => {
        expectTypeOf(identifier).toEqualTypeOf<string>();
        completionHandler();
      },
    });
    expectTypeOf(world.open("s")).resolves.toEqualTypeOf<BackgroundSession>();
    expectTypeOf(world.load(async () => 5)).resolves.toEqualTypeOf<number>();
    for (const response of [404, { status: 404, headers: { etag: "1" } }, new Response("body")])
      world.finish(createTestTask(), response, "body");
    // @ts-expect-error There is no such code.
    world.fail(createTestTask(), "unknown");
    // @ts-expect-error There is no such option.
    createTestWorld({ launch: () => {} });
    // @ts-expect-error There is no such fact.
    createTestTask({ url: "/a" });
  });
});
