import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";

const ROOT = new URL("../../../", import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, ROOT), "utf8");
const json = async <Content>(path: string): Promise<Content> => JSON.parse(await read(path)) as Content;

interface Manifest {
  version: string;
  homepage: string;
  bugs: string;
  repository: { url: string };
}

/** The files that may name the repository. */
const FOLDERS = [".", ".github", "docs", "examples", "scripts", "website/.vitepress"];

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(new URL(folder, ROOT), { recursive: folder !== "." });
  return names.filter((name) => /\.(?:md|ya?ml|json|mjs|ts)$/.test(name)).map((name) => `${folder}/${name}`);
}

describe("a release", () => {
  it("has one version everywhere", async () => {
    const { version } = await json<Manifest>("package.json");
    const lock = await json<{ version: string; packages: { "": Manifest } }>("package-lock.json");
    expect([lock.version, lock.packages[""].version]).toEqual([version, version]);
    const sections = [...(await read("CHANGELOG.md")).matchAll(/^## (\S+)/gm)].map(([, name]) => name);
    expect(sections.filter((name) => name !== "Unreleased")[0]).toBe(version);
  });

  it("has one address of the repository, which package.json names", async () => {
    const { repository, homepage, bugs } = await json<Manifest>("package.json");
    const address = repository.url.replace(/^git\+(.*)\.git$/, "$1");
    expect([homepage, bugs]).toEqual([`${address}#readme`, `${address}/issues`]);
    const files = (await Promise.all(FOLDERS.map(filesIn))).flat();
    expect(files).toContain(".github/ISSUE_TEMPLATE/config.yml");
    const others = await Promise.all(
      files.map(async (path) => {
        const named =
          (await read(path)).match(/https:\/\/[^\s/]+\/[^\s/]+\/background-session(?![\w-])/g) ?? [];
        return named.some((name) => name !== address) ? [path] : [];
      }),
    );
    expect(others.flat()).toEqual([]);
  });

  it("says nothing of a registry", async () => {
    expect(await read("package-lock.json")).not.toContain('"resolved": "http');
  });
});
