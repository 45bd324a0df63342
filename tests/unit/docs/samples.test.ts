import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { isLeftOut, SAMPLE_RUNS } from "../../support/sample-runs.ts";
import { printedIn } from "../../support/samples-of.ts";

const ROOT = new URL("../../../", import.meta.url);
const CHECKED = "scripts/check-samples.mjs";

/** The pages that have blocks, as `printedIn` names them. */
async function pagesWithSamples(): Promise<string[]> {
  const guides = await readdir(new URL("docs", ROOT), { recursive: true });
  const pages = ["../README.md", "../SECURITY.md", ...guides.filter((name) => name.endsWith(".md")).sort()];
  const counts = await Promise.all(pages.map(async (page) => (await printedIn(page)).length));
  return pages.filter((_, index) => counts[index] !== 0);
}

const sourceOf = (path: string): Promise<string> => readFile(new URL(path, ROOT), "utf8");

describe("each sample of the documentation", () => {
  it("stands in the table, in its place", async () => {
    expect(Object.keys(SAMPLE_RUNS)).toEqual(await pagesWithSamples());
    for (const [page, rows] of Object.entries(SAMPLE_RUNS)) {
      const samples = await printedIn(page);
      expect(rows, page).toHaveLength(samples.length);
      for (const [index, [words]] of rows.entries()) expect(samples[index]?.code, page).toContain(words);
    }
  });

  it("is run by the test that the table names, which has it from the page", async () => {
    const missing: string[] = [];
    let count = 0;
    for (const [page, rows] of Object.entries(SAMPLE_RUNS)) {
      for (const [words, by, from = by] of rows.filter(([, by]) => !isLeftOut(by) && by !== CHECKED)) {
        count += 1;
        expect(by, page).toMatch(/\.(test|spec)\.ts$/);
        const sources = (await sourceOf(by)) + (await sourceOf(from));
        for (const it of [words, page.replace("../", "")])
          if (!sources.includes(it)) missing.push(`${page}: ${by} has no ${it}`);
      }
    }
    expect(missing).toEqual([]);
    expect(count).toBeGreaterThan(80);
  });

  it("of a test for Node is such a test, or is imported by one of its page", async () => {
    for (const [page, rows] of Object.entries(SAMPLE_RUNS)) {
      const samples = await printedIn(page);
      const tests = samples.filter(({ code }) => code.includes('from "vitest"'));
      for (const [index, [, by]] of rows.entries()) {
        const sample = samples[index];
        if (by === CHECKED && sample !== undefined && !tests.includes(sample))
          expect(tests.map(({ code }) => code).join("\n"), page).toContain(`from "./${sample.name}"`);
      }
    }
  });

  it("is run, unless it is a command, what is replaced, or types alone", async () => {
    const left: (string | undefined)[][] = [];
    for (const [page, rows] of Object.entries(SAMPLE_RUNS)) {
      const samples = await printedIn(page);
      for (const [index, [, by]] of rows.entries())
        if (isLeftOut(by)) left.push([by, page, samples[index]?.language]);
    }
    expect(left.filter(([, , language]) => language !== "sh")).toEqual([
      ["replaced", "from-background-fetch.md", "js"],
      ["replaced", "from-tus-js-client.md", "js"],
      ["types", "panel.md", "ts"],
    ]);
  });
});
