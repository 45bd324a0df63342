import { describe, expect, it, vi } from "vitest";
import { uploadProtocol } from "../../src/sw/uploads/steps/index.ts";
import type { StepReply, StepRequest } from "../../src/sw/uploads/steps/upload-steps.ts";
import { useDatabases } from "../support/fake-database.ts";
import { type BenchSetting, uploadBench } from "../support/upload-bench.ts";

const SIZE = 1000;

interface Asked {
  readonly hasBytes: number;
}

type Reply = StepReply<Asked>;

describe("uploadProtocol", () => {
  const newDatabase = useDatabases();

  /** A protocol with one step, whose answers mean in turn what the test says; the last one is repeated. */
  async function bench(
    replies: readonly ((state: Asked) => Reply)[],
    setting: BenchSetting & { request?: () => StepRequest | "wait" | Promise<never> } = {},
  ) {
    let read = 0;
    const protocol = uploadProtocol<Asked, string>({
      name: "asking",
      begin: () => ({ hasBytes: 0 }),
      store: ({ hasBytes }) => ({ version: 1, hasBytes }),
      restore: (stored) => {
        const { version, hasBytes } = stored as { version: number; hasBytes: number };
        return version === 1 ? { hasBytes } : undefined;
      },
      acknowledgedBytes: ({ hasBytes }) => hasBytes,
      parallel: () => 1,
      next: () => ["ask"],
      request: (_, __, { originalRequest: { url } }) =>
        setting.request?.() ?? { url, method: "PUT", body: [0, 10] },
      read(_, __, state) {
        read += 1;
        const reply = replies[Math.min(read, replies.length) - 1] as (state: Asked) => Reply;
        return reply(state);
      },
      removal: () => ["ask"],
    });
    const server = async () => new Response("answer", { status: 200 });
    return {
      protocol,
      ...(await uploadBench(newDatabase(), protocol, server, { sizeBytes: SIZE, ...setting })),
    };
  }

  const more = ({ hasBytes }: Asked): Reply => ({ kind: "next", state: { hasBytes: hasBytes + 10 } });
  const answer = (): Reply => ({ kind: "answer" });

  it("goes on from state to state until an answer is that to the task, and stores each state", async () => {
    const { finish, row, line } = await bench([more, more, answer]);
    expect(await finish()).toMatchObject([{ kind: "finished", response: { status: 200 } }]);
    expect(line.requests).toHaveLength(3);
    expect((await row()).upload).toMatchObject({ state: { version: 1, hasBytes: 20 } });
  });

  it("sends the bytes of the body that a step names, and the task's headers unless the request is signed", async () => {
    const { row, line, attempt } = await bench([answer], {
      configuration: { httpAdditionalHeaders: { "x-app": "1" } },
    });
    const { request } = await row();
    await attempt();
    expect((await line.requests[0]?.blob())?.size).toBe(10);
    expect(line.requests[0]?.headers.get("x-app")).toBe("1");
    const signed = await bench([answer], {
      configuration: { httpAdditionalHeaders: { "x-app": "1" } },
      request: () => ({ url: request.url, method: "GET", isSigned: true }),
    });
    await signed.attempt();
    expect(signed.line.requests[0]?.headers.get("x-app")).toBeNull();
  });

  it("what an earlier worker stored is restored, unless the protocol does not know it", async () => {
    const upload = { protocol: "asking", bytesAcknowledged: 500, sizeBytes: SIZE };
    for (const [version, hasBytes] of [
      [1, 510],
      [2, 10],
    ]) {
      const state = { version, hasBytes: 500 };
      const { attempt, row } = await bench([more, answer], { row: { upload: { ...upload, state } } });
      await attempt();
      expect((await row()).upload?.state).toEqual({ version: 1, hasBytes });
    }
  });

  it("'again' is sent at once, and counted the second time in a row", async () => {
    const again = (): Reply => ({ kind: "again", reason: "expired" });
    const { finish } = await bench([again, more, again, answer]);
    expect((await finish()).map(({ kind }) => kind)).toEqual(["finished"]);
    const other = await bench([again, again, answer]);
    expect(await other.attempt()).toMatchObject({ kind: "unusable", reason: "expired" });
  });

  it("'again' without a reason is the answer to the task the second time in a row", async () => {
    const again = (): Reply => ({ kind: "again" });
    const { attempt, line } = await bench([again, more, again, again]);
    expect(await attempt()).toMatchObject({ kind: "finished", response: { status: 200 } });
    expect(line.requests).toHaveLength(4);
  });

  it("'nonsense' is counted, and fails with its reason at the retry limit", async () => {
    const { finish, row } = await bench([() => ({ kind: "nonsense", reason: "a page of the hotel" })], {
      configuration: { retry: { limit: 2, unsafe: true } },
    });
    expect(await finish()).toHaveLength(3);
    expect((await row()).failure).toMatchObject({
      code: "bad-response",
      message: expect.stringContaining("a page of the hotel"),
    });
  });

  it("'later' is the answer to the task at the retry limit", async () => {
    const { finish } = await bench([() => ({ kind: "later" })], {
      configuration: { retry: { limit: 1, unsafe: true } },
    });
    expect((await finish()).map(({ kind }) => kind)).toEqual(["refused", "finished"]);
  });

  it("'hopeless' fails with the protocol's own message", async () => {
    const { finish, row } = await bench([
      () => ({ kind: "hopeless", code: "blocked", message: "Set this." }),
    ]);
    await finish();
    expect((await row()).failure).toEqual({ code: "blocked", message: "Set this." });
  });

  it("'gone' begins anew", async () => {
    const { finish, row } = await bench([more, () => ({ kind: "gone", reason: "lost" }), more, answer]);
    expect((await finish()).map(({ kind }) => kind)).toEqual(["restart", "finished"]);
    expect((await row()).upload?.state).toEqual({ version: 1, hasBytes: 10 });
  });

  it("answers without progress have an end, however willing the protocol is to go on", async () => {
    const { finish, line, row } = await bench([(state) => ({ kind: "next", state })], {
      configuration: { retry: { limit: 1, unsafe: true } },
    });
    await finish();
    expect((await row()).failure?.code).toBe("bad-response");
    expect(line.requests.length).toBeLessThan(300);
  });

  it("a protocol that has no request now, throws, or never answers makes the task wait, and nothing is counted", async () => {
    const reported = vi.fn();
    vi.stubGlobal("reportError", reported);
    const requests = [
      () => "wait" as const,
      () => Promise.reject(new Error("no key")),
      () => new Promise<never>(() => {}),
    ];
    for (const request of requests) {
      const { attempt, row } = await bench([answer], {
        request,
        configuration: { timeoutIntervalForRequest: 0.05 },
      });
      expect(await attempt()).toEqual({ kind: "withheld", asksAgain: true });
      expect(await row()).toMatchObject({ failures: 0, state: "running" });
    }
    expect(reported.mock.calls.map(String)).toEqual(["Error: no key"]);
    vi.unstubAllGlobals();
  });

  it("a protocol that has no request because the network is gone waits until that returns", async () => {
    vi.stubGlobal("reportError", () => {});
    const request = () => Promise.reject(new TypeError("Failed to fetch https://sign.test/?key=1"));
    const { attempt, row } = await bench([answer], { request });
    expect(await attempt()).toEqual({
      kind: "unanswered",
      message: expect.stringContaining("Failed to fetch"),
    });
    expect(await row()).toMatchObject({ failures: 0, state: "running", backoff: { isUnanswered: true } });
    vi.unstubAllGlobals();
  });

  it("an attempt that is stopped while the protocol makes a request is stopped, not withheld", async () => {
    let stop = () => {};
    const { attempt, controller, row } = await bench([answer], {
      request: () => {
        stop();
        return new Promise<never>(() => {});
      },
    });
    stop = () => controller.abort();
    expect(await attempt()).toEqual({ kind: "stopped" });
    expect((await row()).hold).toBeUndefined();
  });

  it("a removal that the server refuses is an error, and one of nothing is none", async () => {
    for (const [status, isFine] of [
      [204, true],
      [404, true],
      [500, false],
    ] as const) {
      const { protocol, run, line } = await bench([answer]);
      line.faultAt = () => ({ kind: "answer", response: new Response(null, { status }) });
      const removal = protocol.discard(await run()).then(
        () => true,
        () => false,
      );
      expect(await removal).toBe(isFine);
    }
  });

  it("needs a name", () => {
    for (const name of ["", undefined, "x".repeat(1025)])
      expect(() => uploadProtocol({ name } as never)).toThrow(/1 to 1,024/);
  });
});
