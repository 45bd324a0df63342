import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, test } from "../support/demo-app.ts";

test.use({ needed: ["playwright-page"] });

const SOURCE = new URL("../../demo/code/ten-lines.ts", import.meta.url);

function lit(page: Page) {
  return page.locator("#lines > [data-lit]");
}

test("the ten lines are shown as they are run, light up as their task runs, and run again", async ({
  demo,
}) => {
  const page = await demo.open();
  const logged: string[] = [];
  page.on("console", (message) => logged.push(message.text()));
  expect(await page.locator("#lines").textContent()).toBe(await readFile(SOURCE, "utf8"));
  await expect(lit(page)).toHaveCount(0);
  const run = page.getByRole("button", { name: /^Run/ });
  await run.click();
  await expect(lit(page)).toHaveText([/downloadTask/]);
  await expect(run).toBeDisabled();
  const task = page.locator("#hello");
  await expect(task.getByText("Downloading", { exact: true })).toBeVisible();
  await expect(lit(page)).toHaveText([/didFinishDownloading/, /didComplete/]);
  await expect(task.getByText("Downloaded", { exact: true })).toBeVisible();
  await expect
    .poll(() => logged)
    .toEqual([expect.stringMatching(/ 4000000$/), expect.stringMatching(/ done$/)]);

  await expect(run).toHaveText("Run again");
  await run.click();
  await expect(lit(page)).toHaveText([/downloadTask/]);
  await expect(lit(page)).toHaveText([/didFinishDownloading/, /didComplete/]);
  expect(demo.server.requests("/files/4MB.bin").filter(({ method }) => method === "GET")).toHaveLength(2);
});

test("the install line is copied", async ({ demo }) => {
  await demo.grant("clipboard-read", "clipboard-write");
  const page = await demo.open();
  await page.getByRole("button", { name: "Copy" }).click();
  await expect(page.getByText("Copied")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("npm install background-session");
});

test("the links lead to the repository of package.json", async ({ demo }) => {
  const manifest = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
  const page = await demo.open();
  const repository = manifest.repository.url.replace(/^git\+|\.git$/g, "");
  await expect(page.getByRole("link", { name: "Source" })).toHaveAttribute("href", repository);
  await expect(page.getByRole("link", { name: "Docs" })).toHaveAttribute(
    "href",
    `${repository}/tree/main/docs`,
  );
});
