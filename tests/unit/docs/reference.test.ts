import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "../../../src/protocol/session-error.ts";
import { TASK_STATES } from "../../../src/protocol/task-state.ts";
import { TASK_ACTIVITIES } from "../../support/task-activities.ts";

const documented = async (page: string): Promise<string[]> => {
  const text = await readFile(new URL(`../../../docs/${page}.md`, import.meta.url), "utf8");
  return [...text.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name as string);
};

describe("the reference", () => {
  it("explains every error code once", async () => {
    expect((await documented("errors")).sort()).toEqual([...ERROR_CODES].sort());
  });

  it("is one of the pages in the list of the documentation, which has all of them", async () => {
    const list = await readFile(new URL("../../../docs/README.md", import.meta.url), "utf8");
    const listed = [...list.matchAll(/\]\(([\w-]+)\.md\)/g)].map(([, page]) => `${page}.md`);
    const pages = (await readdir(new URL("../../../docs", import.meta.url))).filter((it) =>
      it.endsWith(".md"),
    );
    expect(pages.filter((page) => page !== "README.md" && !listed.includes(page))).toEqual([]);
  });

  it("explains every state and every activity once", async () => {
    expect((await documented("states")).sort()).toEqual([...TASK_STATES, ...TASK_ACTIVITIES].sort());
  });
});
