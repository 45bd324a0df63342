import type { Page } from "@playwright/test";
import { needs } from "../support/absences.ts";
import { type DemoApp, expect, kept, test } from "../support/demo-app.ts";

test.use({ needed: ["playwright-page"] });

/** The states of the three steps. */
function steps(page: Page): Promise<(string | undefined)[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>(".tour li")].map(({ dataset }) => dataset.state),
  );
}

function rows(page: Page) {
  return page.locator("#download-panel").getByRole("listitem");
}

/** Whether all tasks have ended, and the page has handled all their events. */
function isAllHandled(page: Page): Promise<boolean> {
  return page.evaluate(async () => {
    const result = <Value>(request: IDBRequest<Value>) =>
      new Promise<Value>((resolve) => request.addEventListener("success", () => resolve(request.result)));
    const database = await result(indexedDB.open("background-session:/"));
    const objectStore = (name: string) => database.transaction(name).objectStore(name);
    const tasks: { state: string }[] = await result(objectStore("tasks").getAll());
    const owed = await result(objectStore("outbox").count());
    database.close();
    return owed === 0 && tasks.every(({ state }) => state === "completed");
  });
}

async function startThree(demo: DemoApp): Promise<Page> {
  const page = await demo.open();
  expect(await steps(page)).toEqual(["current", "ahead", "ahead"]);
  await page.getByRole("button", { name: "Start three files" }).click();
  await expect(page.getByText("3 are under way.")).toBeVisible();
  await expect(rows(page)).toHaveCount(3);
  expect(await steps(page)).toEqual(["done", "current", "ahead"]);
  return page;
}

test(
  "the tour: what finished while no page was open is told once, at the top, with the way it went",
  needs("background-sync"),
  async ({ demo }) => {
    const page = await startThree(demo);
    await page.close();
    await demo.launched();

    const next = await demo.open();
    const banner = next.getByRole("status", { name: "While no page was open" });
    await expect(banner).toContainText(/^\s*3 files finished (at|between) .+, while no page was open\./);
    await expect(banner).toContainText(/Transferred by the (service worker|browser itself)/);
    expect(await steps(next)).toEqual(["done", "done", "done"]);
    await expect(kept(next).getByRole("listitem")).toHaveCount(3);
    await expect(kept(next).getByText(/fetched by the (worker|browser itself)/)).toHaveCount(3);
    await next.getByRole("link", { name: "How it went" }).click();
    await expect(next.getByRole("heading", { name: "Background launch" })).toBeInViewport();
    await next.getByRole("button", { name: "Dismiss" }).click();
    await expect(banner).toBeHidden();
    await expect(next.getByRole("heading", { name: "Close the tab. It goes on." })).toBeFocused();

    await next.reload();
    await expect(kept(next).getByRole("listitem")).toHaveCount(3);
    await expect(banner).toBeHidden();
    expect(await steps(next)).toEqual(["current", "ahead", "ahead"]);
  },
);

test("the tour goes on over a reload, and what finishes with the page open is no news", async ({ demo }) => {
  const page = await startThree(demo);
  await page.reload();
  await expect(rows(page)).toHaveCount(3);
  expect(await steps(page)).toEqual(["done", "current", "ahead"]);
  await expect(rows(page).filter({ hasText: "Downloaded" })).toHaveCount(3, { timeout: 60_000 });
  await expect(page.getByText("All done. That was with the page open")).toBeVisible();
  await expect(page.getByRole("status", { name: "While no page was open" })).toBeHidden();
  await expect(kept(page)).toBeHidden();
});

test("a failed download is retried, and what the user removes does not come back", async ({ demo }) => {
  const page = await demo.open();
  await page.getByRole("button", { name: "Download Not found" }).click();
  await expect(page.getByRole("button", { name: "Started Not found" })).toHaveText("Started");
  await expect(rows(page)).toContainText("The server answered 404");
  await page.getByRole("button", { name: "Retry Not found" }).click();
  await expect.poll(() => demo.server.requests("/status/404").length).toBe(2);
  // What the next page has still to handle is no earlier download there.
  await expect.poll(() => isAllHandled(page)).toBe(true);
  await expect(rows(page)).toContainText("The server answered 404");
  await page.reload();
  // The first try has given its place to the second.
  await expect(kept(page).getByRole("listitem")).toHaveCount(1);
  await kept(page).getByRole("button", { name: "Retry Not found" }).click();
  await expect.poll(() => demo.server.requests("/status/404").length).toBe(3);
  await expect(rows(page)).toContainText("The server answered 404");
  await page.getByRole("button", { name: "Remove from list Not found" }).click();
  await expect(rows(page)).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("button", { name: "Start three files" })).toBeEnabled();
  await expect(kept(page)).toBeHidden();
});
