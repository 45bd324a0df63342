import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { download, expect, openPanel, test } from "../support/panel-page.ts";

test("in every engine, a finished download is saved under its name, and one that is safe is opened", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  // What the browser is asked for: not every driver tells of what comes of it.
  await page.evaluate(() => {
    const asked: Promise<string>[] = [];
    const files = new Map<string, Blob>();
    const { createObjectURL } = URL;
    URL.createObjectURL = (object) => {
      const address = createObjectURL(object);
      files.set(address, object as Blob);
      return address;
    };
    const note = async (what: string, address: string) => `${what}: ${await files.get(address)?.text()}`;
    HTMLAnchorElement.prototype.click = function () {
      asked.push(note(`saved ${this.download}`, this.href));
    };
    globalThis.open = (address, target, features) => {
      asked.push(note(`opened ${target} ${features}`, String(address)));
      return null;
    };
    Object.assign(globalThis, { asked });
  });
  await download(page, "/text?body=Good%20morning&type=text/plain", "Note.txt");
  await page.getByRole("button", { name: "Save Note.txt" }).click();
  await page.getByRole("button", { name: "Open Note.txt" }).click();
  const asked = await page.evaluate(() => Promise.all((globalThis as unknown as { asked: string[] }).asked));
  expect(asked).toEqual([
    // The server suggests no name: it is that of the address.
    "saved text: Good morning",
    "opened _blank noopener: Good morning",
  ]);
});

test(
  "in every engine, a folder is uploaded under its paths, and a photo of the camera",
  {
    tag: "@core",
  },
  async ({ browserApp, site }, testInfo) => {
    const page = await openPanel(browserApp, site);
    const album = testInfo.outputPath("album");
    await mkdir(join(album, "inner"), { recursive: true });
    await writeFile(join(album, "inner", "a.txt"), "a");
    await writeFile(join(album, "refused.exe"), "b");
    await browserApp.chooseFolder(page, album);
    await page.waitForFunction(() => "chosen" in globalThis);
    const inputs = await page.evaluate(() => {
      const root = document.querySelector("background-transfers")?.shadowRoot as ShadowRoot;
      const { chosen } = globalThis as unknown as { chosen: File[] };
      const given: Record<string, File[]> = {
        chooseFolder: chosen,
        camera: [new File(["photo"], "photo.jpg", { type: "image/jpeg" })],
      };
      return Object.entries(given).map(([source, files]) => {
        const input = root.querySelector(`.${source} + input`) as HTMLInputElement;
        // The picker is the browser's.
        input.click = () => {
          Object.defineProperty(input, "files", { value: files });
          input.dispatchEvent(new Event("change"));
        };
        root.querySelector<HTMLElement>(`button.${source}`)?.click();
        return [input.accept, input.getAttribute("capture"), input.webkitdirectory, input.multiple];
      });
    });
    expect(inputs).toEqual([
      [".txt,image/*", null, true, true],
      ["image/*", "environment", false, false],
    ]);
    for (const name of ["album/inner/a.txt", "photo.jpg"])
      await expect(page.getByRole("listitem").filter({ hasText: name })).toContainText("Uploaded");
    await expect(page.getByRole("listitem")).toHaveCount(2);
  },
);

test("in every engine, two hundred files that are dropped at once are uploaded, each once", async ({
  browserApp,
  site,
}) => {
  const page = await openPanel(browserApp, site);
  await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    for (let index = 0; index < 200; index += 1)
      dataTransfer.items.add(new File([`file ${index}`], `${index}.txt`, { type: "text/plain" }));
    const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
    document.querySelector("background-transfers")?.dispatchEvent(event);
  });
  await expect(page.getByText("200 finished · last 100 listed", { exact: true })).toBeVisible({
    timeout: 60_000,
  });
  expect(site.requests("/echo")).toHaveLength(200);
});
