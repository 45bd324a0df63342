import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SessionDelegate } from "../../../../src/app/events/delegate.ts";
import { callFor } from "../../../../src/app/events/event-call.ts";
import type { EventReceiver } from "../../../../src/app/events/event-receiver.ts";
import { TaskRegistry } from "../../../../src/app/tasks/task-registry.ts";
import { DEFAULT_CONFIGURATION } from "../../../../src/protocol/configuration.ts";
import type { AppsAnswer, Question } from "../../../../src/protocol/questions.ts";
import type { HoldRow, TaskRow } from "../../../../src/store/schema.ts";
import { taskRow } from "../../../support/task-row.ts";

const RESPONSE = { status: 401, statusText: "Unauthorized", redirected: false, headers: { "x-a": "b" } };
const CHALLENGE: HoldRow = {
  asks: "didReceiveChallenge",
  asksAgain: false,
  status: 401,
  response: { ...RESPONSE, url: "https://app.test/login" },
};
const OTHER_URL = "https://app.test/other";

describe("a question to the app", () => {
  let answers: AppsAnswer[];
  beforeEach(() => {
    answers = [];
    vi.spyOn(console, "warn").mockImplementation(() => {});
  });
  afterEach(() => void vi.restoreAllMocks());

  /** Asks a delegate. @returns what it answered, as the daemon gets it; undefined if it cannot be asked */
  async function ask(
    type: Question,
    delegate: SessionDelegate | undefined,
    row: TaskRow = taskRow({ hold: { ...CHALLENGE, asks: type } }),
  ): Promise<AppsAnswer | undefined> {
    const event = {
      seq: 1,
      session: row.session,
      taskKey: row.key,
      eventId: `event of ${row.key}`,
      type,
      refusals: 2,
    };
    const receiver: EventReceiver = {
      delegate,
      handlerOf: () => () => {},
      tasks: new TaskRegistry({} as never),
      answer: async (asked, eventId, answer) => {
        expect([asked, eventId]).toEqual([row, event.eventId]);
        answers.push(answer);
      },
      secrets: () => DEFAULT_CONFIGURATION,
    };
    const call = await callFor(event, row, receiver, {} as never);
    await call?.();
    return answers.pop();
  }

  const challenged = (given: unknown, row?: TaskRow) =>
    ask("didReceiveChallenge", { didReceiveChallenge: async () => given as never }, row);
  const beginning = (given: unknown, row?: TaskRow) =>
    ask("willBeginDelayedRequest", { willBeginDelayedRequest: async () => given as never }, row);

  it.each(["continue", "wait", "cancel"])("may be answered with %s", async (disposition) => {
    expect(await challenged(disposition)).toEqual({ disposition });
    expect(await beginning(disposition)).toEqual({ disposition });
  });

  it("may be answered with complete if the server has answered", async () => {
    expect(await challenged("complete")).toEqual({ disposition: "complete" });
    await expect(beginning("complete")).rejects.toThrow(
      /^willBeginDelayedRequest must return "continue", "wait", "cancel" or \{ request \}/,
    );
  });

  it.each([undefined, null, "", "later", 1, {}, [], true])(
    "is not answered with %j, and what would answer it is said",
    async (given) => {
      await expect(challenged(given)).rejects.toThrow(
        /^didReceiveChallenge must return "continue", "wait", "cancel", "complete" or \{ request \}/,
      );
      await expect(beginning(given)).rejects.toThrow(TypeError);
    },
  );

  it("may be answered with another request, for which the task's method stays", async () => {
    expect(await challenged({ request: OTHER_URL })).toMatchObject({
      disposition: "continue",
      request: { url: OTHER_URL, method: "GET" },
    });
    const row = taskRow({ kind: "upload", method: "PUT", upload: { sizeBytes: 5, bytesAcknowledged: 0 } });
    expect(await beginning({ request: { url: OTHER_URL, headers: { a: "b" } } }, row)).toMatchObject({
      disposition: "continue",
      request: { url: OTHER_URL, method: "PUT", headers: { a: "b" } },
    });
    await expect(challenged({ request: { url: OTHER_URL, method: "POST" } })).rejects.toThrow(TypeError);
  });

  it("the address of a resumable upload stays, but its headers may change", async () => {
    const upload = { protocol: "tus", sizeBytes: 5, bytesAcknowledged: 0 } as const;
    const row = taskRow({ kind: "upload", method: "POST", upload });
    const { url } = row.request;
    await expect(challenged({ request: OTHER_URL }, row)).rejects.toThrow(/address .* cannot be changed/);
    const answer = await challenged({ request: { url, headers: { token: "new" } } }, row);
    expect(answer).toMatchObject({ disposition: "continue", request: { url, headers: { token: "new" } } });
  });

  it("a header that must not be stored is no answer", async () => {
    const headers = { authorization: "Bearer secret" };
    await expect(challenged({ request: { url: OTHER_URL, headers } })).rejects.toThrow(TypeError);
  });

  it.each([
    [undefined, 0],
    [1, 0],
    [4, 3],
  ])(
    "a challenge comes with its response, and after %j challenges with %d before",
    async (challenges, before) => {
      const asked = vi.fn(async () => "wait" as const);
      const row = taskRow({ id: "the task", hold: CHALLENGE, challenges });
      await ask("didReceiveChallenge", { didReceiveChallenge: asked }, row);
      const [[task, { response, previousFailureCount }, event]] = asked.mock.calls as never as [
        Parameters<NonNullable<SessionDelegate["didReceiveChallenge"]>>,
      ];
      expect([task.id, previousFailureCount]).toEqual(["the task", before]);
      expect(response).toMatchObject({
        ...RESPONSE,
        headers: expect.anything(),
        url: "https://app.test/login",
      });
      expect([response.headers.get("x-a"), await response.text()]).toEqual(["b", ""]);
      expect(event).toEqual({ eventId: `event of ${row.key}`, delivery: 3 });
    },
  );

  it("a challenge whose response is damaged is a 401", async () => {
    const asked = vi.fn(async () => "wait" as const);
    const { response: _, ...hold } = CHALLENGE;
    await ask("didReceiveChallenge", { didReceiveChallenge: asked }, taskRow({ hold }));
    const [[, { response }]] = asked.mock.calls as never as [[unknown, { response: Response }]];
    expect([response.status, response.redirected, [...response.headers]]).toEqual([401, false, []]);
  });

  it("a delayed request comes as the app made it", async () => {
    const asked = vi.fn(async () => "continue" as const);
    await ask("willBeginDelayedRequest", { willBeginDelayedRequest: asked }, taskRow({ url: OTHER_URL }));
    expect(asked.mock.calls[0]?.slice(1)).toMatchObject([{ url: OTHER_URL }, { delivery: 3 }]);
  });

  it("waits for a delegate that answers it: without the method the developer is told, without a delegate nobody", async () => {
    expect(await ask("didReceiveChallenge", undefined)).toBeUndefined();
    expect(console.warn).not.toHaveBeenCalled();
    expect(await ask("didReceiveChallenge", {})).toBeUndefined();
    expect(console.warn).toHaveBeenCalledWith(
      expect.stringContaining("didReceiveChallenge, which this session does not have"),
    );
  });
});
