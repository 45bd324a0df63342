import type { Locator, Page } from "@playwright/test";
import { needs } from "../support/absences.ts";
import { expect, launches, linesOf, test } from "../support/demo-app.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { uploadBytes } from "../support/upload-bytes.ts";

test.use({ needed: ["playwright-page"] });

const WAYS = { tus: "tus, in chunks", request: "one request" } as const;

/** With the first attempt still ahead, or after it. */
const WAITING = /Waiting for the network|No answer/;

/** Chooses a file in the picker. @returns its row */
async function choose(page: Page, name: string, sizeBytes: number, way: keyof typeof WAYS): Promise<Locator> {
  await page.getByLabel("Sent as").selectOption(WAYS[way]);
  const picking = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose files" }).click();
  const picker = await picking;
  const buffer = Buffer.from(uploadBytes(sizeBytes));
  await picker.setFiles({ name, mimeType: "image/jpeg", buffer });
  return rowOf(page, name);
}

function rowOf(page: Page, name: string): Locator {
  const uploads = page.getByRole("region", { name: "Send files. They wait for the network." });
  return uploads.getByRole("listitem").filter({ hasText: name });
}

test(
  "the demo queues a file that is chosen offline, sends it when the network is back, and keeps the answer",
  needs("offline-worker"),
  async ({ demo }) => {
    const page = await demo.open();
    await demo.setOffline(true);
    const row = await choose(page, "photo.jpg", 300_000, "request");
    await expect(row).toContainText(WAITING);
    // The app itself comes from its worker; the file waits on the device.
    await page.reload();
    await expect(rowOf(page, "photo.jpg")).toContainText(WAITING);
    expect(demo.server.requests("/echo")).toEqual([]);

    await demo.setOffline(false);
    await expect(rowOf(page, "photo.jpg")).toContainText("Uploaded", { timeout: 30_000 });
    // The driver lets the network and `navigator.onLine` come back one after the other. An attempt in between fails, and
    // the worker probes the server by a HEAD request.
    const sent = demo.server.requests("/echo").filter(({ method }) => method !== "HEAD");
    expect(sent.map(({ method, status }) => [method, status])).toEqual([["POST", 200]]);

    // The panel shows what has ended before the app has kept it. A page that is reloaded in between hears of it again.
    await expect(async () => {
      await page.reload();
      await expect(rowOf(page, "photo.jpg")).toContainText("Sent", { timeout: 5000 });
    }).toPass();
    await page.getByRole("button", { name: "Answer photo.jpg" }).click();
    const viewer = page.getByRole("dialog", { name: "The server’s answer" });
    await expect(viewer).toContainText(sha256Of(uploadBytes(300_000)));
  },
);

test("the demo pauses an upload, continues it from the server's offset, and cancels another", async ({
  demo,
}) => {
  const page = await demo.open();
  await page.getByLabel("to a slow server").check();
  const row = await choose(page, "film.mp4", 1_500_000, "tus");
  await expect(row).toContainText("Uploading");
  // Before the server has returned the upload's URL, a paused upload has nothing to resume from.
  await expect(row).toContainText(/[1-9]\s[kM]B of 1.5/);
  await page.getByRole("button", { name: "Pause film.mp4" }).click();
  await expect(row).toContainText("Paused");
  await page.getByRole("button", { name: "Resume film.mp4" }).click();
  await expect(row).toContainText("Uploaded", { timeout: 30_000 });
  expect(await demo.server.storedUploads("tus")).toMatchObject([
    { isComplete: true, sha256: sha256Of(uploadBytes(1_500_000)) },
  ]);

  const other = await choose(page, "other.mp4", 5_000_000, "tus");
  await expect(other).toContainText(/[1-9]\s[kM]B of 5.0/);
  expect(await demo.server.storedUploads("tus")).toHaveLength(2);
  await page.getByRole("button", { name: "Cancel other.mp4" }).click();
  await expect(other).toContainText("Cancelled");
  await expect.poll(async () => (await demo.server.storedUploads("tus")).length).toBe(1);
  await page.getByRole("button", { name: "Remove from list other.mp4" }).click();
  await expect(other).toHaveCount(0);
});

test(
  "an upload that ended while no page was open is shown as sent, with its server's answer",
  needs("background-sync"),
  async ({ demo }) => {
    const page = await demo.open();
    await page.getByLabel("to a slow server").check();
    const row = await choose(page, "film.mp4", 1_500_000, "request");
    await expect(row).toContainText(/Connecting|Uploading/);
    await page.close();
    await demo.launched();
    expect(demo.server.requests("/echo").map(({ status }) => status)).toEqual([200]);

    const next = await demo.open();
    await expect(rowOf(next, "film.mp4")).toContainText("Sent", { timeout: 30_000 });
    const launch = launches(next).filter({ has: next.getByRole("heading", { name: "Background launch" }) });
    await expect(linesOf(launch)).toContainText(["film.mp4: complete"]);
    await next.getByRole("button", { name: "Answer film.mp4" }).click();
    const viewer = next.getByRole("dialog", { name: "The server’s answer" });
    await expect(viewer).toContainText(sha256Of(uploadBytes(1_500_000)));
  },
);
