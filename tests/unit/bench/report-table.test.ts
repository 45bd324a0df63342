import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { bounded } from "../../../bench/figure.ts";
import { reportOf, withReport } from "../../../bench/report-table.ts";
import { keptRuns, type Run } from "../../../bench/results.ts";

const RUN: Run = {
  at: "2026-11-30T06:00:00.000Z",
  commit: "abcdef0",
  engine: "chromium",
  browser: "Chromium 156.0.8078.108",
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
    at: "2026-11-30T07:00:00.000Z",
    figures: [bounded({ name: "N7 size", title: "", unit: "bytes", ours: 1, limit: 2 })],
  };
  const report = reportOf([later, RUN, other]);
  expect(report).toContain(
    "| N10 idle | a page | 0.2 % |  | 0.1 %, the goal: 0.5 × | at most 0.1 % | **no** | 1 | 2 |",
  );
  expect(report).toContain(
    "2. 2026-12-01, commit 1234567: Chromium 156.0.8078.108; AMD EPYC, 2 cores, 23 GiB, Linux 6.18, Node v20.20.2; " +
      "load 0.1, 0.2, 0.3 before it began.",
  );
  expect(report).toContain(
    "| N7 size |  | 1 bytes |  | 2 bytes, the goal: 2 × | at most 2 bytes | yes | 1 | 1 |",
  );
});

it("a run of which nothing is shown is not listed", () => {
  const later = { ...RUN, at: "2026-12-01T06:00:00.000Z", commit: "1234567" };
  expect(reportOf([RUN, later])).not.toContain("abcdef0");
});

it("each engine has a table of its own, and an amount a row of its own", () => {
  const [figure] = RUN.figures;
  const amounts = [100, 1_000].map((amount) => ({ ...figure, amount })) as Run["figures"][number][];
  const report = reportOf([RUN, { ...RUN, engine: "firefox", figures: amounts }]);
  expect(report.match(/^### In (chromium|firefox)$/gm)).toHaveLength(2);
  expect(report.match(/^\| N10 idle[^|]*/gm)).toEqual([
    "| N10 idle ",
    "| N10 idle, 100 ",
    "| N10 idle, 1000 ",
  ]);
});

it("a title with a tag or a bar is text in its cell", () => {
  const figure = bounded({ name: "panel", title: "<a-list> | rows", unit: "ms", ours: 1, limit: 2 });
  expect(reportOf([{ ...RUN, figures: [figure] }])).toContain("| panel | \\<a-list> \\| rows |");
});

it("a page without both marks is refused, so that nothing of it is lost", () => {
  for (const page of ["no marks", "<!-- report -->", "<!-- /report --> <!-- report -->"])
    expect(() => withReport(page, "new")).toThrow("The page must have");
  expect(withReport("a <!-- report --> old <!-- /report --> b", "new\n")).toBe(
    "a <!-- report -->\n\nnew\n\n<!-- /report --> b",
  );
});
