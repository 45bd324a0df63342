import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { litLines, type Phase, phaseOf } from "../../../demo/code/lit-lines.ts";
import type { TaskSnapshot } from "../../../src/app/index.ts";

const SOURCE = new URL("../../../demo/code/ten-lines.ts", import.meta.url);
const LINES = readFileSync(SOURCE, "utf8").trimEnd().split("\n");

function task(facts: object): TaskSnapshot {
  return facts as TaskSnapshot;
}

describe("the ten lines", () => {
  it("are ten", () => {
    expect(LINES.filter((line) => line !== "")).toHaveLength(10);
  });

  it("light up in each phase but the first", () => {
    const phases: readonly Phase[] = ["idle", "opening", "running", "succeeded", "failed"];
    const lit = phases.map((phase) => litLines(LINES, phase));
    expect(lit.map(({ length }) => length)).toEqual([0, 2, 1, 2, 1]);
    expect(lit.flat()).not.toContain(-1);
  });
});

describe("phaseOf", () => {
  it("follows the task", () => {
    const ok = task({ response: { ok: true } });
    const refused = task({ response: { ok: false } });
    const failed = task({ error: {} });
    expect(phaseOf({ tasks: [], finished: [] })).toBe("opening");
    expect(phaseOf({ tasks: [task({})], finished: [failed] })).toBe("running");
    expect(phaseOf({ tasks: [], finished: [failed, ok] })).toBe("succeeded");
    expect(phaseOf({ tasks: [], finished: [ok, refused] })).toBe("failed");
    expect(phaseOf({ tasks: [], finished: [ok, failed] })).toBe("failed");
  });
});
