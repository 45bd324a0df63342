import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { BackgroundSession } from "../../../src/app/index.ts";

const run = promisify(execFile);
const dist = new URL("../../../dist/", import.meta.url);

describe("on a server", () => {
  it("open says daemon-missing, with the reason and the remedy", async () => {
    await expect(BackgroundSession.open("a")).rejects.toMatchObject({
      code: "daemon-missing",
      message: expect.stringMatching(/not a browser; open the session in the page/),
    });
    expect(BackgroundSession.current("a")).toBeUndefined();
  });

  it("delete and identifiers say the same", async () => {
    await expect(BackgroundSession.delete("a")).rejects.toMatchObject({ code: "daemon-missing" });
    await expect(BackgroundSession.identifiers()).rejects.toMatchObject({ code: "daemon-missing" });
  });

  it.each([[""], ["x".repeat(257)], [5], [undefined]])("the identifier %j is a TypeError", async (name) => {
    await expect(BackgroundSession.open(name as string)).rejects.toThrow(TypeError);
  });

  it("an unknown option is a TypeError that names it", async () => {
    await expect(BackgroundSession.open("a", { onbusy: "wait" } as never)).rejects.toThrow(/"onbusy"/);
    await expect(BackgroundSession.open("a", { onBusy: "queue" as never })).rejects.toThrow(/onBusy must be/);
  });

  it("a signal that is aborted already opens nothing", async () => {
    await expect(BackgroundSession.open("a", { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
  });

  // Only where the package was built: the tests of the sources do not need it.
  it.skipIf(!existsSync(new URL("index.js", dist)) || !existsSync(new URL("daemon.js", dist)))(
    "importing what ships leaves no trace and keeps no process",
    async () => {
      const script = `
        const before = Object.getOwnPropertyNames(globalThis).length;
        await import("./dist/index.js");
        await import("./dist/daemon.js");
        await import("./dist/tus.js");
        await import("./dist/ietf.js");
        console.log(Object.getOwnPropertyNames(globalThis).length - before);`;
      const { stdout, stderr } = await run(process.execPath, ["--input-type=module", "--eval", script], {
        cwd: new URL("../../..", import.meta.url),
        timeout: 20_000,
      });
      expect([stdout.trim(), stderr]).toEqual(["0", ""]);
    },
  );
});
