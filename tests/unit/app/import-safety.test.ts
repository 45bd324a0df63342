import { describe, expect, it } from "vitest";
import { BackgroundSession } from "../../../src/app/index.ts";

describe("on a server", () => {
  it("open fails with daemon-missing, the reason and the remedy", async () => {
    await expect(BackgroundSession.open("a")).rejects.toMatchObject({
      code: "daemon-missing",
      message: expect.stringMatching(/not a browser; open the session in the page/),
    });
    expect(BackgroundSession.current("a")).toBeUndefined();
  });

  it("delete and identifiers fail with the same code", async () => {
    await expect(BackgroundSession.delete("a")).rejects.toMatchObject({ code: "daemon-missing" });
    await expect(BackgroundSession.identifiers()).rejects.toMatchObject({ code: "daemon-missing" });
  });

  it.each([[""], ["x".repeat(257)], [5], [undefined]])(
    "the identifier %j throws a TypeError",
    async (name) => {
      await expect(BackgroundSession.open(name as string)).rejects.toThrow(TypeError);
    },
  );

  it("an unknown option throws a TypeError that names it", async () => {
    await expect(BackgroundSession.open("a", { onbusy: "wait" } as never)).rejects.toThrow(/"onbusy"/);
    await expect(BackgroundSession.open("a", { onBusy: "queue" as never })).rejects.toThrow(/onBusy must be/);
    await expect(BackgroundSession.open("a", { role: "owner" as never })).rejects.toThrow(/role must be/);
  });

  it("an already aborted signal opens nothing", async () => {
    await expect(BackgroundSession.open("a", { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
  });
});
