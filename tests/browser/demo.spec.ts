import { needs } from "../support/absences.ts";
import { expect, kept, launches, linesOf, test } from "../support/demo-app.ts";

test.use({ needed: ["playwright-page"] });

test(
  "the demo lists what happened while no page was open, and notifies the user when a download is done",
  needs("permissions"),
  async ({ demo }) => {
    await demo.grant("notifications", "background-sync");
    const page = await demo.open();
    await page.getByRole("switch", { name: "Tell me when it is done" }).click();
    await page.getByRole("button", { name: "Download Slow", exact: true }).click();
    await expect(page.getByText("Downloading", { exact: true })).toBeVisible();
    await expect(page.getByText("No background launch yet.")).toBeVisible();
    await page.close();

    await expect
      .poll(() => demo.server.bytesSent("/files/10MB.bin"), { timeout: 60_000 })
      .toBeGreaterThanOrEqual(10_000_000);
    // The notification is shown when the launch is over.
    expect(await demo.notifications(1)).toEqual(["Slow is ready"]);

    const next = await demo.open();
    const here = launches(next).nth(0);
    const away = launches(next).nth(1);
    const before = launches(next).nth(2);
    await expect(launches(next)).toHaveCount(3);
    await expect(here.getByRole("heading")).toHaveText("Page opened");
    await expect(before.getByRole("heading")).toHaveText("Page opened");
    await expect(away.getByRole("heading")).toHaveText("Background launch");
    await expect(linesOf(away)).toHaveText([
      "The worker launched the app",
      "Session opened as owner",
      "Slow: file delivered",
      "Slow: complete",
      "All events were delivered",
      "Completion handler called",
      "Session invalidated",
      "Notification shown: “Slow is ready”",
    ]);
    // All of it was delivered in the background; the page got the rest from the library.
    await expect(linesOf(here)).toHaveText(["Session opened as owner"]);
    await expect(kept(next).getByText("Finished", { exact: true })).toHaveCount(1);
    await expect(next.getByRole("button", { name: "Open Slow", exact: true })).toBeVisible();
    await expect(next.getByText("No background launch yet.")).toBeHidden();
    await expect(next.getByRole("switch", { name: "Tell me when it is done" })).toBeChecked();
  },
);

test("the demo logs live what an open page gets, and clears the log on request", async ({ demo }) => {
  const page = await demo.open();
  await page.getByRole("button", { name: "Download 1 MB", exact: true }).click();
  await expect(linesOf(launches(page))).toHaveText([
    "Session opened as owner",
    "1 MB: file delivered",
    "1 MB: complete",
  ]);

  await page.getByRole("button", { name: "Clear the timeline" }).click();
  await expect(launches(page)).toHaveCount(0);
  await expect(page.getByRole("heading", { name: "While you were away" })).toBeFocused();
  await page.reload();
  await expect(linesOf(launches(page))).toHaveText(["Session opened as owner"]);
  await expect(kept(page).getByText("Finished", { exact: true })).toBeVisible();
});

test(
  "the demo says if the browser does not let it show notifications",
  needs("permissions"),
  async ({ demo }) => {
    await demo.grant();
    const page = await demo.open();
    const tell = page.getByRole("switch", { name: "Tell me when it is done" });
    await tell.click();
    await expect(tell).not.toBeChecked();
    await expect(tell).toHaveAccessibleDescription(/does not let this site show notifications/);
  },
);
