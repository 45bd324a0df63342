import { type Need, needs } from "../support/absences.ts";
import { expect, expectAccessible, openPanel, test } from "../support/panel-page.ts";
import { reopen, SCENES } from "../support/panel-scenes.ts";

const NEEDS: Partial<Record<keyof typeof SCENES, Need>> = {
  browser: "background-fetch",
  // One of its files changes while a task has it.
  failures: "changed-files",
};

for (const name of Object.keys(SCENES) as (keyof typeof SCENES)[]) {
  const need = NEEDS[name];
  test(`axe finds nothing, in light and dark and on a narrow screen, in the panel that shows ${name}`, {
    ...(need === undefined ? {} : needs(need)),
  }, async ({ browserApp, site }) => {
    const page = await openPanel(browserApp, site);
    await SCENES[name](page, site);
    for (const [colorScheme, width] of [
      ["light", 1280],
      ["dark", 320],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await expectAccessible(page);
    }
  });
}

test("a finished image has a small picture of it, and what is none has the picture of its kind", async ({
  browserApp,
  site,
}) => {
  const page = await openPanel(browserApp, site);
  await SCENES.pictures(page, site);
  const shown = await page.evaluate(() => {
    const root = document.querySelector("background-transfers")?.shadowRoot as ShadowRoot;
    return [...root.querySelectorAll(".row")].map((row) => {
      const canvas = row.querySelector("canvas") as HTMLCanvasElement;
      const { width, height } = (row.querySelector(".icon") as Element).getBoundingClientRect();
      const seen = canvas.getBoundingClientRect();
      return [row.querySelector(".name")?.textContent, seen.width, seen.height, width, height];
    });
  });
  // Each has the same place, with a picture or without.
  expect(shown).toEqual([
    ["broken.jpg", 0, 0, 40, 40],
    ["drawing.svg", 0, 0, 40, 40],
    ["photo.png", 40, 40, 40, 40],
  ]);
  // The canvas holds what is seen, not the whole picture.
  const size = await page.evaluate(async () => {
    const canvas = document
      .querySelector("background-transfers")
      ?.shadowRoot?.querySelector("canvas:not([hidden])") as HTMLCanvasElement;
    const picture = await createImageBitmap(canvas);
    return [picture.width, picture.height];
  });
  expect(size).toEqual([120, 80]);
  expect(await page.evaluate(() => violations)).toEqual([]);
});

test("the keyboard walks through a held queue, a failure and a group, and repairs the queue", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  await reopen(page, { queues: { edits: { onFailure: "hold" } } });
  await page.evaluate(() => {
    panelSession.downloadTask("/files/1MB.bin", { description: "Track", group: "Album" });
    void panelSession
      .dataTask("/echo?status=404&times=1", { description: "Edit 1", queue: "edits" })
      .resume();
    void panelSession.dataTask("/echo", { description: "Edit 2", queue: "edits" }).resume();
  });
  const row = (name: string) => page.getByRole("listitem").filter({ hasText: name });
  await expect(row("Edit 2")).toContainText("Waiting, because one before it failed");
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  await button("Clear finished").focus();
  for (const name of [
    "Album 0 of 1",
    "Resume Track",
    "Cancel Track",
    "Pause Edit 2",
    "Cancel Edit 2",
    "Retry Edit 1",
    "Remove from list Edit 1",
    "Choose files",
    "Choose a folder",
  ]) {
    await page.keyboard.press("Tab");
    await expect(button(name)).toBeFocused();
  }
  await button("Cancel Track").focus();
  await page.keyboard.press("ArrowUp");
  await expect(button("Album 0 of 1")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(row("Track")).toHaveCount(0);
  await expect(button("Album 0 of 1")).toBeFocused();
  // A group has no such button: the first one of the row gets the focus.
  for (const name of ["Pause Edit 2", "Retry Edit 1"]) {
    await page.keyboard.press("ArrowDown");
    await expect(button(name)).toBeFocused();
  }
  await page.keyboard.press("Enter");
  for (const name of ["Edit 1", "Edit 2"]) await expect(row(name)).toContainText("Sent");
  const isInList = await page.evaluate(() => {
    const root = document.querySelector("background-transfers")?.shadowRoot;
    return root?.activeElement?.closest("ul") != null;
  });
  expect(isInList).toBe(true);
});
