import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DEFAULT_CONFIGURATION } from "../../../src/protocol/configuration.ts";
import { openStoredSession } from "../../../src/store/sessions.ts";
import { beginWorld, type DaemonWorld, endWorld, makeTask } from "../../support/daemon-world.ts";
import { macrotasks } from "../../support/fake-world.ts";
import { questionsIn } from "../../support/questions-in.ts";
import type { Exchange } from "../../support/range-server.ts";

describe("questions to the app", () => {
  let begun: DaemonWorld;
  beforeEach(async () => {
    begun = await beginWorld();
    await begin();
  });
  afterEach(() => endWorld(begun));

  async function begin(waitStatuses: readonly number[] = []): Promise<void> {
    begun.world.server.isAutomatic = false;
    await openStoredSession(begun.page, "session", {
      ...DEFAULT_CONFIGURATION,
      challengeStatuses: [401],
      waitStatuses,
    });
    begun.world.start();
  }

  const { server, open, rowOf, outbox, requests, refuse, asked, answer, challenged, completed } = questionsIn(
    () => begun,
  );

  const nextRequest = async () => {
    for (let count = 0; open().length === 0 && count < 2_000; count += 1)
      await vi.advanceTimersByTimeAsync(1_000);
    return open()[0];
  };

  it("the delay grows each time that the app answers a challenge with wait", async () => {
    const [key, event] = await challenged({ kind: "data" });
    await answer(event, { disposition: "wait" });
    refuse(await nextRequest());
    await answer(await asked(key), { disposition: "wait" });
    refuse(await nextRequest());
    await answer(await asked(key), { disposition: "wait" });
    expect((await rowOf(key)).backoff?.tries).toBe(3);
  });

  it("an app that waits for the user to sign in does not get the 401 as the result after some seconds", async () => {
    const key = await makeTask(begun, { kind: "data" });
    for (let count = 0; count < 10; count += 1) {
      refuse(await nextRequest());
      await answer(await asked(key), { disposition: "wait" });
    }
    refuse(await nextRequest());
    await macrotasks(30);
    expect((await rowOf(key)).state).toBe("running");
  });

  it("the delay grows each time that the app lets a delayed task wait", async () => {
    const key = await makeTask(begun, { asksToBegin: true, earliestBeginDate: Date.now() + 5_000 });
    await vi.advanceTimersByTimeAsync(6_000);
    for (let count = 1; count <= 3; count += 1) {
      await answer(await asked(key, "willBeginDelayedRequest"), { disposition: "wait" });
      expect((await rowOf(key)).backoff?.tries).toBe(count);
      await vi.advanceTimersByTimeAsync(60_000);
    }
  });

  it("a clock that is set back after a renewal makes no loop of requests", async () => {
    const [, event] = await challenged({ kind: "data" });
    await answer(event, { disposition: "continue" });
    server().answer((await requests(1))[0] as Exchange);
    open()[0]?.finish();
    await macrotasks(20);
    vi.setSystemTime(Date.now() - 3_600_000);
    const later = await makeTask(begun, { kind: "data" });
    for (let count = 0; count < 50; count += 1) {
      await macrotasks(20);
      if (open().length === 0) break;
      refuse(open()[0]);
    }
    const { attempts } = await rowOf(later);
    expect(attempts).toBeLessThan(10);
  });

  it("a question that the disk refuses is stored when the disk works again", async () => {
    const key = await makeTask(begun, { asksToBegin: true, earliestBeginDate: Date.now() + 5_000 });
    begun.world.faults.writes = (stores) => stores.includes("outbox");
    await vi.advanceTimersByTimeAsync(6_000);
    await macrotasks(20);
    begun.world.faults.writes = () => false;
    await vi.advanceTimersByTimeAsync((24 * 3_600_000) / 2);
    await macrotasks(20);
    expect((await outbox()).map(({ type }) => type)).toEqual(["willBeginDelayedRequest"]);
    expect((await rowOf(key)).hold?.asks).toBe("willBeginDelayedRequest");
  });

  it("to complete takes the next answer, also if its status is in waitStatuses", async () => {
    await openStoredSession(begun.page, "session", {
      ...DEFAULT_CONFIGURATION,
      challengeStatuses: [401],
      waitStatuses: [403],
    });
    await begun.world.daemon?.handle({ type: "configured", session: "session" }, "page");
    const [key, event] = await challenged({ kind: "data" });
    await answer(event, { disposition: "complete" });
    refuse((await requests(1))[0], 403);
    await macrotasks(30);
    expect(await rowOf(key)).toMatchObject({ state: "completed" });
  });

  it("to complete takes the next answer, also a 503", async () => {
    const [key, event] = await challenged({ kind: "data" });
    await answer(event, { disposition: "complete" });
    refuse((await requests(1))[0], 503);
    await macrotasks(30);
    expect(await rowOf(key)).toMatchObject({ state: "completed" });
  });

  it("the headers of a challenge are not logged", async () => {
    await challenged({ kind: "data" });
    await macrotasks(20);
    const log = JSON.stringify(begun.world.log);
    expect(log).toContain("withheld");
    expect(log).not.toContain("www-authenticate");
  });

  it("a cancelled task tells what its last attempt took", async () => {
    const key = await makeTask(begun, { collectsMetrics: true });
    const [exchange] = await requests(1);
    server().answer(exchange as Exchange);
    exchange?.send(400);
    await macrotasks(20);
    await begun.world.daemon?.handle({ type: "control", session: "session", key, action: "cancel" }, "page");
    await completed(key);
    await macrotasks(30);
    expect((await rowOf(key)).metrics).toHaveLength(1);
  });

  it("a task whose time is over tells what its last attempt took", async () => {
    const key = await makeTask(begun, { collectsMetrics: true, deadline: Date.now() + 60_000 });
    const [exchange] = await requests(1);
    server().answer(exchange as Exchange);
    exchange?.send(400);
    await macrotasks(20);
    await vi.advanceTimersByTimeAsync(30_000);
    exchange?.send(100);
    await vi.advanceTimersByTimeAsync(31_000);
    await completed(key);
    await macrotasks(30);
    expect((await rowOf(key)).metrics).toHaveLength(1);
  });
});
