import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { bounded } from "../../../bench/figure.ts";
import { reportOf, withReport } from "../../../bench/report-table.ts";
import { keptRuns, type Run } from "../../../bench/results.ts";

const RUN: Run = {
  at: "2026-11-30T06:00:00.000Z",
  commit: "abcdef0",
  engine: "chromium",
  browser: "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/156.0.0.0 Safari/537.36",
  machine: { processor: "AMD EPYC", cores: 2, memoryGiB: 23, system: "Linux 6.18", node: "v20.20.2" },
  load: [0.1, 0.2, 0.3],
  figures: [bounded({ name: "N10 idle", title: "a page", unit: "%", ours: 0.2, limit: 0.1 })],
};

it("the tables of docs/performance.md are those of the kept runs", async () => {
  const page = await readFile(new URL("../../../docs/performance.md", import.meta.url), "utf8");
  expect(withReport(page, reportOf(await keptRuns()))).toBe(page);
});

it("a figure comes from the latest run that has it, with the machine and the browser of that run", () => {
  const later = { ...RUN, at: "2026-12-01T06:00:00.000Z", commit: "1234567" };
  const other = {
    ...RUN,
    figures: [bounded({ name: "N7 size", title: "", unit: "bytes", ours: 1, limit: 2 })],
  };
  const report = reportOf([RUN, other, later]);
  expect(report).toContain(
    "| N10 idle | a page | 0.2 % |  | 0.1 %, the goal: 0.5 × | at most 0.1 % | **no** | 1 |",
  );
  expect(report).toContain("1. 2026-12-01, commit 1234567: HeadlessChrome/156.0.0.0; AMD EPYC, 2 cores");
  expect(report).toContain(
    "| N7 size |  | 1 bytes |  | 2 bytes, the goal: 2 × | at most 2 bytes | yes | 2 |",
  );
});

it("each engine has a table of its own", () => {
  const report = reportOf([RUN, { ...RUN, engine: "firefox" }]);
  expect(report.match(/^\| number \|/gm)).toHaveLength(2);
});
