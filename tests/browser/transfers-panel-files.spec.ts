import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { needs } from "../support/absences.ts";
import { download, expect, openPanel, test } from "../support/panel-page.ts";

const withPlaywright = needs("playwright-page");
const withDebugger = needs("chromium-debugger");

test("files that are chosen become uploads", withPlaywright, async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose files" }).click();
  await (await chooser).setFiles([{ name: "more.txt", mimeType: "text/plain", buffer: Buffer.from("more") }]);
  await expect(page.getByRole("listitem").filter({ hasText: "more.txt" })).toContainText("Uploaded");
  expect(site.requests("/echo")).toHaveLength(1);
});

test("a finished download is opened in a new tab", withPlaywright, async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  await download(page, "/text?body=Good%20morning&type=text/plain", "Note.txt");
  const opened = page.context().waitForEvent("page");
  await page.getByRole("button", { name: "Open Note.txt" }).click();
  await expect((await opened).getByText("Good morning")).toBeVisible();
});

test("a file that could run scripts as the app is saved, but not opened", { tag: "@core" }, async ({
  browserApp,
  site,
}) => {
  const page = await openPanel(browserApp, site);
  await download(page, "/text?body=<script></script>&type=text/html", "Page.html");
  await expect(page.getByRole("button", { name: "Save Page.html" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Open Page.html" })).toHaveCount(0);
});

test(
  "a folder that is dropped is uploaded with all that is in it, as far as it is accepted",
  withDebugger,
  async ({ chromium, site }, testInfo) => {
    const page = await openPanel(chromium, site);
    const album = testInfo.outputPath("album");
    await mkdir(join(album, "inner"), { recursive: true });
    await writeFile(join(album, "a.txt"), "a");
    await writeFile(join(album, "refused.exe"), "b");
    // Chromium reads a hundred entries at a time.
    for (let index = 0; index < 120; index += 1) await writeFile(join(album, "inner", `${index}.txt`), "c");
    const box = await page.locator("background-transfers").boundingBox();
    const debug = await page.context().newCDPSession(page);
    const drop = { x: (box?.x ?? 0) + 50, y: (box?.y ?? 0) + 50 };
    const data = { items: [], files: [album], dragOperationsMask: 1 };
    await debug.send("Input.dispatchDragEvent", { type: "dragEnter", ...drop, data });
    await debug.send("Input.dispatchDragEvent", { type: "dragOver", ...drop, data });
    const zone = page.locator("background-transfers .drop");
    await expect(zone).toHaveClass(/over/);
    await debug.send("Input.dispatchDragEvent", { type: "drop", ...drop, data });
    await expect(zone).not.toHaveClass(/over/);
    await expect(page.getByText("121 finished · last 100 listed", { exact: true })).toBeVisible();
    expect(site.requests("/echo")).toHaveLength(121);
    await page.getByRole("searchbox").fill("album/inner/119.txt");
    await expect(page.getByRole("listitem")).toHaveCount(1);
  },
);

test(
  "a folder that is chosen is uploaded under its paths",
  withDebugger,
  async ({ chromium, site }, testInfo) => {
    const page = await openPanel(chromium, site);
    const album = testInfo.outputPath("album");
    await mkdir(join(album, "inner"), { recursive: true });
    await writeFile(join(album, "inner", "a.txt"), "a");
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Choose a folder" }).click();
    await (await chooser).setFiles(album);
    const row = page.getByRole("listitem").filter({ hasText: "album/inner/a.txt" });
    await expect(row).toContainText("Uploaded");
  },
);

test("a picture that is pasted is uploaded", withDebugger, async ({ chromium, site }) => {
  const page = await openPanel(chromium, site);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: site.origin });
  await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(8, 8);
    canvas.getContext("2d")?.fillRect(0, 0, 8, 8);
    const blob = await canvas.convertToBlob();
    await navigator.clipboard.write([new ClipboardItem({ [blob.type]: blob })]);
  });
  await page.getByText("Drop files here, or paste them").click();
  await page.keyboard.press("Control+V");
  const row = page.getByRole("listitem").filter({ hasText: "image.png" });
  await expect(row).toContainText("Uploaded");
  expect(site.requests("/echo")).toHaveLength(1);
});

test("text that is pasted or dropped is left to the page", async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  const isLeft = await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData("text/plain", "hello");
    const panel = document.querySelector("background-transfers");
    const init = { bubbles: true, cancelable: true };
    const events = [
      new ClipboardEvent("paste", { clipboardData: data, ...init }),
      new DragEvent("dragover", { dataTransfer: data, ...init }),
      new DragEvent("drop", { dataTransfer: data, ...init }),
    ];
    return events.map((event) => panel?.dispatchEvent(event));
  });
  expect(isLeft).toEqual([true, true, true]);
});

test("a device with a touch screen takes photos", withDebugger, async ({ chromium, site }) => {
  const page = await openPanel(chromium, site);
  const camera = page.getByRole("button", { name: "Take a photo" });
  await expect(page.getByRole("button", { name: "Choose files" })).toBeVisible();
  await expect(camera).toBeHidden();
  const debug = await page.context().newCDPSession(page);
  await debug.send("Emulation.setTouchEmulationEnabled", { enabled: true });
  await debug.send("Emulation.setDeviceMetricsOverride", {
    width: 400,
    height: 800,
    deviceScaleFactor: 2,
    mobile: true,
  });
  const chooser = page.waitForEvent("filechooser");
  await camera.click();
  const input = (await chooser).element();
  expect(await input.getAttribute("capture")).toBe("environment");
  expect(await input.getAttribute("accept")).toBe("image/*");
  await (await chooser).setFiles([
    { name: "photo.jpg", mimeType: "image/jpeg", buffer: Buffer.from("photo") },
  ]);
  await expect(page.getByRole("listitem").filter({ hasText: "photo.jpg" })).toContainText("Uploaded");
});
