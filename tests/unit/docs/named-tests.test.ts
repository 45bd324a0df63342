import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";

const ROOT = new URL("../../../", import.meta.url);
const NODE_TESTS = ["unit", "contract", "fuzz"];
const BROWSER_TESTS = ["browser", "conformance", "lifetime"];
const NAMED = new RegExp(`\`((?:${[...NODE_TESTS, ...BROWSER_TESTS].join("|")})/[\\w./-]+)\``, "g");

async function pages(): Promise<string[]> {
  const docs = await readdir(new URL("docs", ROOT), { recursive: true });
  const listed = docs.filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`);
  return ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", ...listed];
}

const textOf = (page: string): Promise<string> => readFile(new URL(page, ROOT), "utf8");

/** Whether there is a test of that name, or a contract that several tests hold. */
function isTest(name: string): boolean {
  const endings = NODE_TESTS.some((folder) => name.startsWith(`${folder}/`))
    ? [".test.ts", ".ts"]
    : [".spec.ts"];
  return ["", ...endings].some((ending) => isThere(`tests/${name}${ending}`));
}

const isThere = (path: string): boolean => existsSync(new URL(path, ROOT));

describe("the tests that the documentation names", () => {
  it("exist", async () => {
    const missing: string[] = [];
    let count = 0;
    for (const page of await pages()) {
      for (const [, name = ""] of (await textOf(page)).matchAll(NAMED)) {
        count += 1;
        if (!isTest(name)) missing.push(`${page}: ${name}`);
      }
    }
    expect(missing).toEqual([]);
    expect(count).toBeGreaterThan(100);
  });

  it("hold each promise of the table, or a script or a benchmark does", async () => {
    const sections = (await textOf("docs/reliability.md")).split(/^## /m);
    const table = sections.find((section) => section.startsWith("Promises and their tests")) ?? "";
    const rows = [...table.matchAll(/^\| (?!the promise|---)(.+?) \| (.+) \|$/gm)];
    expect(rows.length).toBeGreaterThan(30);
    for (const [, promise = "", holders = ""] of rows) {
      const paths = [...holders.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
      expect(paths, promise).not.toEqual([]);
      for (const path of paths) expect([path, isThere(path) || isTest(path)]).toEqual([path, true]);
    }
  });
});
