import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { parseByteSize } from "../../../server/byte-size.ts";
import { parseSwitches, switchNames } from "../../../server/switches.ts";

describe("switches", () => {
  it.each(switchNames)("%s is in the README", async (name) => {
    const readme = await readFile(new URL("../../../server/README.md", import.meta.url), "utf8");
    const firstColumn = [...readme.matchAll(/^\| (`[^|]*) \|/gm)].map((row) => row[1]).join(" ");
    expect(firstColumn).toContain(`\`${name}\``);
  });

  it("are only those in the query", () => {
    expect(parseSwitches(new URLSearchParams("cut=8MB&cutTimes=1&ranges=none"))).toEqual({
      cut: 8_000_000,
      cutTimes: 1,
      ranges: "none",
    });
  });

  it.each([
    ["1MB", 1_000_000],
    ["1MiB", 1_048_576],
    ["1.5KB", 1500],
    ["2GB", 2_000_000_000],
    ["7", 7],
    ["7B", 7],
    ["0.5B", undefined],
    ["-1", undefined],
    ["1TB", undefined],
    ["", undefined],
    ["1e3", undefined],
  ])("the size %s is %s bytes", (text, sizeBytes) => {
    expect(parseByteSize(text)).toBe(sizeBytes);
  });
});
