import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../src/protocol/configuration.ts";
import type { AppsAnswer } from "../../../src/protocol/questions.ts";
import type { StoredEvent } from "../../../src/store/outbox.ts";
import { openStoredSession } from "../../../src/store/sessions.ts";
import { MAX_CHALLENGES } from "../../../src/sw/decisions/held-statuses.ts";
import { beginWorld, type DaemonWorld, endWorld, makeTask } from "../../support/daemon-world.ts";
import { macrotasks } from "../../support/fake-world.ts";
import { casesOf } from "../../support/fuzz.ts";
import { CHALLENGE, questionsIn } from "../../support/questions-in.ts";
import type { Exchange } from "../../support/range-server.ts";

describe("questions to the app", () => {
  let begun: DaemonWorld;
  beforeEach(async () => {
    begun = await beginWorld();
    await beginAsking();
  });
  afterEach(() => endWorld(begun));

  async function beginAsking(): Promise<void> {
    begun.world.server.isAutomatic = false;
    await openStoredSession(begun.page, "session", { ...DEFAULT_CONFIGURATION, challengeStatuses: [401] });
    begun.world.start();
  }

  const {
    server,
    open,
    rowOf,
    outbox,
    typesOf,
    requests,
    refuse,
    serve,
    asked,
    answer,
    challenged,
    completed,
  } = questionsIn(() => begun);

  it("the answer is on disk with the row that waits for it, and no request is sent meanwhile", async () => {
    const [key, event] = await challenged();
    expect(await rowOf(key)).toMatchObject({
      state: "running",
      hold: { asks: CHALLENGE, status: 401, response: { headers: { "www-authenticate": "Token" } } },
    });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(open()).toEqual([]);
    expect(begun.world.hasWork).toBe(false);
    await answer(event, { disposition: "continue" });
    serve((await requests(1))[0]);
    await completed(key);
    expect(await typesOf(key)).toEqual(["didFinishDownloading", "didComplete"]);
  });

  it("a worker that starts meanwhile waits for the same answer", async () => {
    const [key, event] = await challenged();
    begun.world.kill();
    begun.world.start();
    await macrotasks(20);
    expect(open()).toEqual([]);
    expect(await asked(key)).toEqual(event);
    await answer(event, { disposition: "continue" });
    serve((await requests(1))[0]);
    await completed(key);
  });

  it("an answer that comes twice, or to a question that is over, changes nothing", async () => {
    const [key, event] = await challenged();
    await answer(event, { disposition: "continue" });
    refuse((await requests(1))[0]);
    const next = await asked(key);
    expect(next.eventId).not.toBe(event.eventId);
    await answer(event, { disposition: "cancel" });
    expect(await rowOf(key)).toMatchObject({ state: "running", challenges: 2, hold: { asks: CHALLENGE } });
    await answer(next, { disposition: "cancel" });
    expect((await completed(key)).failure?.code).toBe("cancelled");
    expect(await typesOf(key)).toEqual(["didComplete"]);
  });

  it.each(["cancel", "resume"] as const)("the question is over if the page asks for %s", async (action) => {
    const [key] = await challenged();
    await begun.world.daemon?.handle({ type: "control", session: "session", key, action }, "page");
    if (action === "resume") serve((await requests(1))[0]);
    await completed(key);
    expect(await typesOf(key)).not.toContain(CHALLENGE);
  });

  it("a task whose time is over ends, and its question with it", async () => {
    const [key] = await challenged({ deadline: Date.now() + 60_000 });
    await vi.advanceTimersByTimeAsync(61_000);
    expect((await completed(key)).failure?.code).toBe("timed-out");
    expect(await typesOf(key)).toEqual(["didComplete"]);
  });

  it("a suspended task takes the answer, and sends nothing until it is resumed", async () => {
    const [key, event] = await challenged();
    const control = (action: "suspend" | "resume") =>
      begun.world.daemon?.handle({ type: "control", session: "session", key, action }, "page");
    await control("suspend");
    await answer(event, { disposition: "continue" });
    expect(open()).toEqual([]);
    await control("resume");
    serve((await requests(1))[0]);
    await completed(key);
  });

  it("to wait asks again after a while, and shows that the app is waited for", async () => {
    const [key, event] = await challenged();
    await answer(event, { disposition: "wait" });
    expect((await rowOf(key)).hold).toMatchObject({ asksAgain: true });
    expect(await typesOf(key)).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    refuse((await requests(1))[0]);
    expect((await asked(key)).eventId).not.toBe(event.eventId);
  });

  it("to complete sends the request once more, and the answer counts", async () => {
    const [key, event] = await challenged({ kind: "data" });
    await answer(event, { disposition: "complete" });
    refuse((await requests(1))[0]);
    expect(await completed(key)).toMatchObject({ response: { status: 401 } });
  });

  it("an app that always continues is not asked for ever, and each new try comes later", async () => {
    const key = await makeTask(begun, { kind: "data" });
    const nextRequest = async () => {
      while (open().length === 0) await vi.advanceTimersByTimeAsync(1_000);
      return open()[0];
    };
    for (let count = 0; count < MAX_CHALLENGES; count += 1) {
      refuse(await nextRequest());
      await answer(await asked(key), { disposition: "continue" });
      expect((await rowOf(key)).backoff?.tries).toBe(count === 0 ? undefined : count);
    }
    refuse(await nextRequest());
    expect(await completed(key)).toMatchObject({ response: { status: 401 } });
  });

  it("to continue lets all go on that wait for the same status of the same origin, and nobody else", async () => {
    await openStoredSession(begun.page, "session", {
      ...DEFAULT_CONFIGURATION,
      challengeStatuses: [401, 403],
    });
    await begun.world.daemon?.handle({ type: "configured", session: "session" }, "page");
    const [first, event] = await challenged();
    const [same] = await challenged({ url: "https://app.test/other" });
    const [foreign] = await challenged({ url: "https://else.test/file" });

    const forbidden = await makeTask(begun, { kind: "data" });
    const [exchange] = await requests(1);
    server().refuse(exchange as Exchange, 403);
    exchange?.finish();
    await asked(forbidden);
    await answer(event, { disposition: "continue" });
    for (const one of await requests(2)) serve(one);
    await completed(first);
    await completed(same);
    expect(await typesOf(foreign)).toEqual([CHALLENGE]);
    expect(await typesOf(forbidden)).toEqual([CHALLENGE]);
  });

  it("what was on its way when the app answered is sent again without a question", async () => {
    const early = await makeTask(begun);
    const late = await makeTask(begun);
    const [first, second] = await requests(2);
    refuse(first);
    const event = await asked(early);
    await vi.advanceTimersByTimeAsync(10);
    await answer(event, { disposition: "continue" });
    refuse(second);
    for (const exchange of await requests(2)) serve(exchange);
    await completed(early);
    await completed(late);
    expect((await outbox()).filter(({ type }) => type === CHALLENGE)).toEqual([]);
  });

  it("another request takes the place of the first, and the bytes stay", async () => {
    const key = await makeTask(begun);
    const [exchange] = await requests(1);
    server().answer(exchange as Exchange);
    exchange?.send(400);
    await macrotasks(20);
    exchange?.cut();
    await vi.advanceTimersByTimeAsync(60_000);
    refuse((await requests(1))[0]);
    const { request } = await rowOf(key);
    const url = "https://app.test/file?signature=2";
    await answer(await asked(key), { disposition: "continue", request: { ...request, url } });
    const [again] = await requests(1);
    expect([again?.request.url, again?.request.headers.get("range")]).toEqual([url, "bytes=400-"]);
    serve(again);
    expect(await completed(key)).toMatchObject({ bytesReceived: 1_000, request: { url } });
  });

  describe("before a delayed task begins", () => {
    const delayed = () => makeTask(begun, { asksToBegin: true, earliestBeginDate: Date.now() + 5_000 });

    it("the app is asked when the date has come, once, and a kill does not ask twice", async () => {
      const key = await delayed();
      await vi.advanceTimersByTimeAsync(4_000);
      expect(await typesOf(key)).toEqual([]);
      begun.world.kill();
      begun.world.start();
      await vi.advanceTimersByTimeAsync(2_000);
      const event = await asked(key, "willBeginDelayedRequest");
      begun.world.kill();
      begun.world.start();
      await vi.advanceTimersByTimeAsync(2_000);
      expect(await typesOf(key)).toEqual(["willBeginDelayedRequest"]);
      expect(open()).toEqual([]);
      await answer(event, { disposition: "continue" });
      serve((await requests(1))[0]);
      await completed(key);
    });

    it("an app that waits is asked again, and a page that resumes the task need not answer", async () => {
      const key = await delayed();
      await vi.advanceTimersByTimeAsync(6_000);
      const event = await asked(key, "willBeginDelayedRequest");
      await answer(event, { disposition: "wait" });
      await vi.advanceTimersByTimeAsync(60_000);
      expect((await asked(key, "willBeginDelayedRequest")).eventId).not.toBe(event.eventId);
      await begun.world.daemon?.handle(
        { type: "control", session: "session", key, action: "resume" },
        "page",
      );
      serve((await requests(1))[0]);
      await completed(key);
      expect(await typesOf(key)).not.toContain("willBeginDelayedRequest");
    });
  });

  it("a task asks exactly as long as its question is in the outbox, whatever happens", async () => {
    let key = "";
    let last: StoredEvent | undefined;
    const control = (action: "suspend" | "resume" | "cancel") => () =>
      begun.world.daemon?.handle({ type: "control", session: "session", key, action }, "page");
    const tell = (disposition: AppsAnswer["disposition"]) => async () => {
      const [event] = (await outbox()).filter(({ type }) => type === CHALLENGE);
      if (event) await answer(event, { disposition });
      last = event ?? last;
    };
    const whatHappens = {
      kill: () => {
        begun.world.kill();
        begun.world.start();
      },
      pass: () => vi.advanceTimersByTimeAsync(900_000),
      suspend: control("suspend"),
      resume: control("resume"),
      cancel: control("cancel"),
      continue: tell("continue"),
      wait: tell("wait"),
      complete: tell("complete"),
      answerAgain: () => last && answer(last, { disposition: "cancel" }),
      cut: () => open()[0]?.cut(),
      serve: () => open().slice(0, 1).forEach(serve),
      refuse: () => {
        for (const exchange of open().slice(0, 1)) refuse(exchange);
      },
    };
    const names = Object.keys(whatHappens) as (keyof typeof whatHappens)[];
    const step = fc.constantFrom(...names, "refuse", "refuse", "resume");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (steps) => {
        await endWorld(begun);
        begun = await beginWorld();
        await beginAsking();
        key = await makeTask(begun, { kind: "data" });
        last = undefined;
        for (const what of steps) {
          await whatHappens[what as keyof typeof whatHappens]();
          await macrotasks(15);
          const { hold, state } = await rowOf(key);
          const types = await typesOf(key);
          expect(types.filter((type) => type === CHALLENGE)).toHaveLength(hold?.asks === undefined ? 0 : 1);
          expect(types.includes("didComplete")).toBe(state === "completed");
        }
      }),
      { numRuns: casesOf(40), endOnFailure: true },
    );
  });
});
