import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";

const ROOT = new URL("../../../", import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, ROOT), "utf8");

interface Manifest {
  engines: { node: string };
  peerDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

/** The rows of the table in docs/browsers.md: what each is tested with, and the oldest that goes. */
async function table(): Promise<Map<string, { tested: string[]; oldest: string }>> {
  const [, part = ""] = (await read("docs/browsers.md")).split("## Versions");
  const rows = [...part.matchAll(/^\| ([A-Z]\w+).*? \| (.+?) \| ([\d.]+).*? \|$/gm)];
  return new Map(
    rows.map(([, name = "", tested = "", oldest = ""]) => [name, { tested: tested.split(", "), oldest }]),
  );
}

describe("the table of versions", () => {
  it("names the versions that the tests use", async () => {
    const rows = await table();
    const newest = (JSON.parse(await read("package.json")) as Manifest).devDependencies;
    const oldest = (JSON.parse(await read("tests/consumers/package.json")) as Manifest).devDependencies;
    for (const [name, module] of [
      ["TypeScript", "typescript"],
      ["React", "react"],
      ["Vue", "vue"],
    ] as const)
      expect(rows.get(name)?.tested, name).toEqual([oldest[module], newest[module]]);
    expect(rows.get("Svelte")?.tested).toEqual([newest.svelte]);
    expect(rows.get("Uppy")?.tested).toEqual([newest["@uppy/core"]]);
  });

  it("names the oldest version that the package allows, and the tests use it", async () => {
    const rows = await table();
    const { engines, peerDependencies } = JSON.parse(await read("package.json")) as Manifest;
    const allowed = { React: peerDependencies.react, Vue: peerDependencies.vue, Node: engines.node };
    for (const [name, range] of Object.entries(allowed))
      expect(`>=${rows.get(name)?.oldest}`, name).toBe(range);
    expect(peerDependencies["@uppy/core"]).toBe(`^${rows.get("Uppy")?.oldest}.0.0`);
    for (const name of ["TypeScript", "React", "Vue"])
      expect(rows.get(name)?.tested[0], name).toMatch(new RegExp(`^${rows.get(name)?.oldest}\\.`));
  });
});
