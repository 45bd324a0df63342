import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";

const TESTS = new URL("../", import.meta.url);
const ROW = /^\| (?<behaviour>[^|]+: [^|]+) \| (?<here>[^|]+) \|$/gm;

const table = await readFile(new URL("workbox-behaviours.md", import.meta.url), "utf8");
const rows = [...table.matchAll(ROW)].map(({ groups }) => ({
  behaviour: groups?.behaviour ?? "",
  here: groups?.here ?? "",
}));

/** The source of a test file, by its name without the ending. */
async function sourceOf(name: string): Promise<string> {
  const folder = new URL(`${name.slice(0, name.lastIndexOf("/"))}/`, TESTS);
  const file = (await readdir(folder)).find(
    (it) => /^(.*)\.(spec|test)\.ts$/.exec(it)?.[1] === name.split("/").at(-1),
  );
  if (file === undefined) throw new Error(`There is no test file ${name}.`);
  return readFile(new URL(file, folder), "utf8");
}

/** Matches a title between its quotes, with something to fill in for each "…". */
function wholeTitle(title: string): RegExp {
  const text = title.split("…").map((part) => part.replace(/[^\w\s]/g, "\\$&"));
  return new RegExp(`(["'\`])${text.join("\\$\\{[^`]+?\\}")}\\1`);
}

describe("the table of what workbox's own tests hold", () => {
  it("has each of the 64 tests", () => {
    expect(rows).toHaveLength(64);
  });

  it.each(rows)("says truly where this holds: $behaviour", async ({ here }) => {
    const [, name, title] = /^(?:different, because .+\. )?`(\S+)` (.+)$/.exec(here) ?? [];
    if (name === undefined || title === undefined)
      expect(here).toMatch(/^(– [A-Z]|different, because ).+\.$/);
    else expect(await sourceOf(name)).toMatch(wholeTitle(title));
  });
});
