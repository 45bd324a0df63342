import type { Page } from "@playwright/test";
import { needs } from "../support/absences.ts";
import { type DemoApp, expect, test } from "../support/demo-app.ts";

test.use({ needed: ["playwright-page"] });

const TEXTS = ["Milk", "Milk and bread", "Call Anna"];

async function write(page: Page, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    await page.getByLabel("Note", { exact: true }).fill(text);
    await page.keyboard.press("Enter");
  }
}

function notes(page: Page) {
  return page.getByRole("list", { name: "Notes, the newest first" }).getByRole("listitem");
}

/** What the server took, in the order in which it came. */
function received({ server }: DemoApp): (string | undefined)[] {
  const taken = server.requests("/echo").filter(({ method, status }) => method === "PUT" && status === 200);
  return taken.map(({ headers }) => headers["content-length"]?.toString());
}

/** As the log has no bodies, the texts have different lengths. */
const LENGTHS = TEXTS.map(({ length }) => String(length));

test(
  "notes that are written offline wait, survive a reload, and reach the server in their order",
  needs("offline-worker"),
  async ({ demo }) => {
    const page = await demo.open();
    await expect(page.getByRole("button", { name: "Add" })).toBeEnabled();
    await demo.setOffline(true);
    await write(page, ...TEXTS);
    await expect(notes(page)).toContainText(["Call Anna", "Milk and bread", "Milk"]);
    await expect(notes(page).nth(2)).toContainText("Waiting for the network");
    await expect(notes(page).nth(0)).toContainText("Waiting for the one before it");
    await page.reload();
    await expect(notes(page).nth(2)).toContainText("Waiting for the network");
    expect(received(demo)).toEqual([]);

    await demo.setOffline(false);
    await expect(notes(page).filter({ hasText: "Sent at" })).toHaveCount(3, { timeout: 60_000 });
    expect(received(demo)).toEqual(LENGTHS);
    // What was sent is in the history.
    await page.reload();
    await expect(notes(page).filter({ hasText: "Sent at" })).toHaveCount(3);
    await expect(notes(page)).toContainText(["Call Anna", "Milk and bread", "Milk"]);
  },
);

test("a busy server is asked again when it says, and no note overtakes the one before it", async ({
  demo,
}) => {
  const page = await demo.open();
  await page.getByLabel("to a busy server that refuses each note twice").check();
  await write(page, "Milk");
  await page.getByLabel("to a busy server that refuses each note twice").uncheck();
  await write(page, "Milk and bread");
  await expect(notes(page).nth(1)).toContainText(/The server is busy\. Next try in \d+ s/);
  await expect(notes(page).nth(0)).toContainText("Waiting for the one before it");
  await expect(notes(page).filter({ hasText: "Sent at" })).toHaveCount(2, { timeout: 60_000 });
  expect(received(demo)).toEqual(LENGTHS.slice(0, 2));
});

test("an empty note is refused beside its field", async ({ demo }) => {
  const page = await demo.open();
  await page.getByRole("button", { name: "Add" }).click();
  await expect(page.getByLabel("Note", { exact: true })).toBeFocused();
  await expect(page.getByLabel("Note", { exact: true })).toHaveAccessibleDescription(
    "Write something first.",
  );
  await expect(notes(page)).toHaveCount(0);
});
