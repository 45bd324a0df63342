import type { Page } from "@playwright/test";
import { expect, test } from "../support/demo-app.ts";

test.use({ needed: ["playwright-page"] });

const PATH = "/files/melody-2MB.wav";

/** Plays for a moment at a place. @returns the length in seconds */
function play(page: Page, fromSeconds: number): Promise<number> {
  return page.locator("audio").evaluate(async (player: HTMLAudioElement, from) => {
    player.muted = true;
    player.currentTime = from;
    await player.play();
    while (player.currentTime < from + 0.2) await new Promise((resolve) => setTimeout(resolve, 20));
    player.pause();
    return player.duration;
  }, fromSeconds);
}

test("the episode is downloaded where it was tapped, and plays without its server, with seeking", async ({
  demo,
}) => {
  const page = await demo.open();
  await page.getByRole("button", { name: "Download the episode" }).click();
  await expect(page.getByRole("progressbar", { name: "A minute of bells" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Stop the episode" })).toBeFocused();
  await page.getByRole("button", { name: "Stop the episode" }).click();
  await expect(page.getByRole("button", { name: "Download the episode" })).toBeFocused();
  await page.getByRole("button", { name: "Download the episode" }).click();
  await expect(page.getByText("On this device: it plays without a network")).toBeVisible();
  await expect(page.getByRole("button", { name: "Remove the episode" })).toBeVisible();

  await demo.server.goDown();
  await page.reload();
  await expect(page.getByText("On this device: it plays without a network")).toBeVisible();
  expect(Math.round(await play(page, 0))).toBe(62);
  await play(page, 50);

  await demo.server.comeBack();
  const before = demo.server.requests(PATH).length;
  await page.getByRole("button", { name: "Remove the episode" }).click();
  await expect(page.locator("audio")).toBeHidden();
  await expect(page.getByText("2 MB, not on this device")).toBeVisible();
  await page.reload();
  await expect(page.getByText("2 MB, not on this device")).toBeVisible();
  expect(demo.server.requests(PATH)).toHaveLength(before);
});
