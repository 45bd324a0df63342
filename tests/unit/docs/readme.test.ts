import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

/** The entry that a block of the README shows, and how many lines it may have. */
const LIMITS = [
  ["background-session/react", 15],
  ["background-session/testing", 10],
  ["background-session/elements", 10],
  ["background-session/inspector", 2],
] as const;

const README = await readFile(new URL("../../../README.md", import.meta.url), "utf8");
const BLOCKS = [...README.matchAll(/^```tsx?\n(.*?)\n```$/gms)].map(([, code = ""]) => code.split("\n"));

it.each(LIMITS)("the README shows %s in %i lines at most", (entry, limit) => {
  const block = BLOCKS.find((lines) => lines.some((line) => line.includes(`"${entry}"`)));
  expect(block?.length).toBeGreaterThan(0);
  expect(block?.length).toBeLessThanOrEqual(limit);
});

it("the README adds the panel in two lines", () => {
  const blocks = BLOCKS.filter(([first]) => first === 'import "background-session/elements";');
  expect(blocks.map(({ length }) => length)).toEqual([2]);
});
