import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { SessionError } from "../../../../src/protocol/session-error.ts";
import { answerTo } from "../../../../src/sw/host/command-answer.ts";
import { anyCommand } from "../../../support/any-command.ts";

describe("answerTo", () => {
  afterEach(() => void vi.useRealTimers());

  it("answers garbage with bad-message, and passes none of it on", async () => {
    const garbage = fc.anything({ withBigInt: true, withMap: true, withNullPrototype: true });
    await fc.assert(
      fc.asyncProperty(garbage, async (value) => {
        const handle = vi.fn();
        expect(await answerTo(value, "page", handle)).toMatchObject({ isOk: false, code: "bad-message" });
        expect(handle).not.toHaveBeenCalled();
      }),
    );
  });

  it("passes every valid command on, and answers with its result", async () => {
    await fc.assert(
      fc.asyncProperty(anyCommand, async (command) => {
        const answer = await answerTo(command, "page", async (given, page) => [given, page]);
        expect(answer).toEqual({ isOk: true, value: [command, "page"] });
      }),
    );
  });

  const command = { type: "configured", session: "a" };

  it("answers with the code of the error", async () => {
    const full = new SessionError("storage-full", "full");
    expect(await answerTo(command, "", () => Promise.reject(full))).toEqual({
      isOk: false,
      code: "storage-full",
      message: "full",
    });
    for (const odd of [new Error("odd"), "odd", undefined]) {
      expect(await answerTo(command, "", () => Promise.reject(odd))).toMatchObject({
        isOk: false,
        code: "storage-lost",
      });
    }
  });

  it("survives a handler that throws at once", async () => {
    const handle = (): never => {
      throw new Error("odd");
    };
    expect(await answerTo(command, "", handle)).toMatchObject({ isOk: false, message: "odd" });
  });

  it("answers that the daemon is busy rather than keep the event open", async () => {
    vi.useFakeTimers();
    const answer = answerTo(command, "", () => new Promise(() => {}));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await answer).toMatchObject({ isOk: false, code: "daemon-missing" });
    expect(vi.getTimerCount()).toBe(0);
  });
});
