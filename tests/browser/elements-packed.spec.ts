import { expect, test } from "../support/fixtures.ts";

test("the panel and the inspector of the packed package show a download in an app that Vite has built", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const page = await browserApp.newPage();
  await page.goto(`${site.origin}/elements-app/`);
  await page.waitForFunction(() => document.querySelector("background-transfers")?.session !== undefined);
  const text = (element: "background-transfers" | "background-inspector", selector: string) =>
    page.evaluate(
      ([name, selector]) => document.querySelector(name)?.shadowRoot?.querySelector(selector)?.textContent,
      [element, selector] as const,
    );
  await page.evaluate(async () => {
    const session = document.querySelector("background-transfers")?.session;
    await session?.downloadTask("/files/100KB.bin", { id: "song", description: "Song.mp3" }).resume();
    await session?.downloadTask("/files/1KB.bin", { id: "paused" }).suspend();
  });
  await expect.poll(() => text("background-transfers", ".summary")).toMatch(/1\spaused · 1\sfinished/);
  await expect.poll(() => text("background-transfers", "[data-tone=done] .sentence")).toBe("Downloaded");
  await expect
    .poll(() => text("background-inspector", "[data-task=paused] .why"))
    .toBe("It is suspended: it begins, or goes on, when the app calls resume().");
  const { scopes, isStyled } = await page.evaluate(async () => {
    const registrations = await navigator.serviceWorker.getRegistrations();
    const bar = document.querySelector("background-transfers")?.shadowRoot?.querySelector("header");
    return {
      scopes: registrations.map(({ scope }) => new URL(scope).pathname),
      isStyled: bar instanceof Element && getComputedStyle(bar).display === "grid",
    };
  });
  expect(scopes).toEqual(["/elements-app/assets/"]);
  expect(isStyled).toBe(true);
});
