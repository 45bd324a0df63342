import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { needs } from "../support/absences.ts";
import { ExampleSite } from "../support/example-site.ts";
import { expect, test } from "../support/fixtures.ts";

const ROOT = new URL("../../", import.meta.url);

function read(path: string): Promise<string> {
  return readFile(new URL(path, ROOT), "utf8");
}

test("the example tanstack-query is the code of the guide", async () => {
  const guide = await read("docs/tanstack-query.md");
  const [, module] = /^```js\n(.*?)^```/ms.exec(guide) ?? [];
  expect(await read("examples/tanstack-query/todos.js")).toBe(module);
  const component = (await read("examples/tanstack-query/main.jsx")).replaceAll(/\s+/g, " ");
  const snippets = [...guide.matchAll(/^```jsx\n(.*?)^```/gms)].map(([, code = ""]) => code);
  expect(snippets).toHaveLength(2);
  // Imports stand together there, and a form calls `mutate`.
  const statements = snippets
    .flatMap((code) => code.split(/;\n/))
    .map((it) => it.replaceAll(/\s+/g, " ").trim());
  for (const statement of statements.filter((it) => it.startsWith("const ")))
    expect(component).toContain(statement);
});

test(
  "with React, mutations that were made offline are shown as pending over a reload, are sent in order, and one is taken back",
  needs("playwright-page"),
  async ({ browserApp }) => {
    test.setTimeout(600_000);
    const example = await ExampleSite.start("tanstack-query");
    try {
      const { server } = example;
      const page = (await browserApp.newPage()) as unknown as Page;
      await page.goto(server.origin);
      const titles = page.getByRole("listitem");
      const takeBack = page.getByRole("button", { name: "Take back" });
      const add = async (title: string): Promise<void> => {
        await page.getByLabel("Title").fill(title);
        await page.getByRole("button", { name: "Add" }).click();
        await expect(titles.filter({ hasText: title })).toHaveCount(1);
      };
      await add("Milk");
      await expect(takeBack).toHaveCount(0);
      server.route("/todos", (request) => void request.socket.destroy());
      for (const title of ["Bread", "Apples", "Pears"]) await add(title);
      await expect(titles).toHaveText([/^Milk/, /^Bread/, /^Apples/, /^Pears/]);
      await expect(takeBack).toHaveCount(3);
      await takeBack.nth(1).click();
      await expect(titles).toHaveText([/^Milk/, /^Bread/, /^Pears/]);

      await page.reload();
      await expect(takeBack).toHaveCount(2);
      await expect(titles).toHaveText([/^Bread/, /^Pears/]);
      server.unroute("/todos");
      await expect(titles).toHaveText([/^Milk/, /^Bread/, /^Pears/], { timeout: 60_000 });
      await expect(takeBack).toHaveCount(0, { timeout: 60_000 });
      const list = (await (await fetch(`${server.origin}/todos`)).json()) as { title: string }[];
      expect(list.map(({ title }) => title)).toEqual(["Milk", "Bread", "Pears"]);
    } finally {
      await example.end();
    }
  },
);
