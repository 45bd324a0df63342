import { download, expect, openPanel, test } from "../support/panel-page.ts";

test("a button of the head that goes away gives the focus to the one that comes in its place", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  await download(page, "/files/4MB.bin?throttle=100KB", "Long.mp3");
  await button("Pause all").focus();
  await page.keyboard.press("Enter");
  await expect(button("Resume all")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(button("Pause all")).toBeFocused();
  await button("Cancel all").focus();
  // The last task ends: one button goes and the other one comes in the same moment.
  await page.keyboard.press("Enter");
  await expect(button("Clear finished")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Transfers" })).toBeFocused();
});

test("a panel that loses its session keeps the focus", async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  await page.evaluate(() => void panelSession.downloadTask("/files/1MB.bin", { description: "A" }));
  await page.getByRole("button", { name: "Cancel all" }).focus();
  await page.evaluate(() => panelSession.close());
  await expect(page.getByRole("heading", { name: "Transfers" })).toBeFocused();
});

test("a panel that no longer takes files keeps the focus of the button that chose them", async ({
  browserApp,
  site,
}) => {
  const page = await openPanel(browserApp, site);
  await page.getByRole("button", { name: "Choose files" }).focus();
  await page.evaluate(() => {
    const panel = document.querySelector("background-transfers");
    panel?.removeAttribute("endpoint");
    panel?.removeAttribute("accepts");
  });
  await expect(page.getByRole("heading", { name: "Transfers" })).toBeFocused();
});

test("a button of a row that goes away gives the focus to the main one, never to the one that cancels", async ({
  browserApp,
  site,
}) => {
  const page = await openPanel(browserApp, site);
  await page.evaluate(() =>
    panelSession
      .downloadTask("/files/4MB.bin?status=503&times=1&retryAfter=3000&throttle=100KB", {
        description: "Busy.mp3",
      })
      .resume(),
  );
  const row = page.getByRole("listitem");
  const now = row.getByRole("button", { name: "Try now" });
  await now.focus();
  await page.keyboard.press("Enter");
  await expect(row.getByRole("button", { name: "Pause" })).toBeFocused();
  await expect(now).toHaveCount(0);
  await expect(row).toContainText("Downloading");
  // The row has no button while its task is being cancelled.
  await row.getByRole("button", { name: "Cancel" }).focus();
  await page.keyboard.press("Enter");
  await expect(row).toContainText("Cancelled");
  expect(
    await page.evaluate(
      () => document.querySelector("background-transfers")?.shadowRoot?.activeElement?.part[0],
    ),
  ).toMatch(/row|button/);
});

test("a row whose task ends while its button has the focus takes the focus itself, not its button that removes it", async ({
  browserApp,
  site,
}) => {
  const page = await openPanel(browserApp, site);
  let answer = (): void => {};
  site.route("/held", (_, response) => {
    answer = () => void response.end("x");
  });
  await page.evaluate(() => panelSession.dataTask("/held", { description: "Note" }).resume());
  const row = page.getByRole("listitem");
  await row.getByRole("button", { name: "Pause" }).focus();
  answer();
  await expect(row.getByRole("button", { name: "Remove from list" })).toBeVisible();
  await expect(row).toBeFocused();
});
