import { expect, test } from "../support/fixtures.ts";
import type { TestPage } from "../support/test-browser.ts";
import { expectNoFaults, openUppy, percentageOf, press, rowsOf, showUppy } from "../support/uppy-page.ts";

const UPLOAD = ".uppy-StatusBar-actionBtn--upload";
const SLOW = { endpoint: "/tus?throttle=1MB", protocol: "tus" } as const;

function refusals(page: TestPage): Promise<readonly string[]> {
  return page.evaluate(() => uppyApp.refusals);
}

test("files that the restrictions refuse are neither stored nor sent, and a restored upload counts for the total", async ({
  browserApp,
  site,
}) => {
  const options = {
    autoProceed: true,
    restrictions: { maxFileSize: 5_000_000, maxTotalFileSize: 6_000_000, allowedFileTypes: [".png"] },
  };
  const page = await openUppy(browserApp, site.origin, SLOW, options);
  await page.evaluate(() => uppyApp.add({ "a.png": 4_000_000 }));
  await expect.poll(() => percentageOf(page), { timeout: 45_000 }).toBeGreaterThan(5);
  await page.reload();
  await showUppy(page, SLOW, options);
  await expect.poll(() => rowsOf(page)).toEqual(["a.png: Pause upload"]);
  const refused: readonly (readonly [string, number, RegExp])[] = [
    ["large.png", 5_000_001, /exceeds maximum allowed size/],
    ["notes.txt", 5, /You can only upload: \.png/],
    ["b.png", 2_000_001, /You selected .* of files, but maximum allowed size is/],
  ];
  for (const [index, [name, size, message]] of refused.entries()) {
    await page.evaluate(
      ([name, size]) => {
        try {
          uppyApp.add({ [name]: size });
        } catch {}
      },
      [name, size] as const,
    );
    await expect.poll(async () => (await refusals(page))[index]).toMatch(message);
  }
  await page.evaluate(() => uppyApp.add({ "c.png": 2_000_000 }));
  await expect.poll(() => rowsOf(page), { timeout: 30_000 }).toEqual(["a.png: complete", "c.png: complete"]);
  const stored = await site.storedUploads("tus");
  expect(stored.map(({ sizeBytes }) => sizeBytes).sort()).toEqual([2_000_000, 4_000_000]);
  expect(await refusals(page)).toHaveLength(refused.length);
  await expectNoFaults(page);
});

/** Fills in a field of the first file that has a button for that, as a user does in Dashboard. */
async function fillIn(page: TestPage, field: string, value: string): Promise<void> {
  const input = `#uppy-Dashboard-FileCard-input-${field}`;
  await expect(async () => {
    await press(page, ".uppy-Dashboard-Item-action--edit");
    await page.waitForFunction((input) => document.querySelector(input) !== null, input);
    await page.evaluate(
      async ([input, value]) => {
        const element = document.querySelector<HTMLInputElement>(input);
        Object.assign(element ?? {}, { value });
        element?.dispatchEvent(new Event("input", { bubbles: true }));
        // It takes what was typed a moment later.
        await new Promise((resolve) => setTimeout(resolve, 100));
      },
      [input, value] as const,
    );
    await press(page, ".uppy-Dashboard-FileCard-actionsBtn[type=submit]");
    await page.waitForFunction(() => document.querySelector(".uppy-Dashboard-FileCard") === null);
    const taken = await page.evaluate((field) => uppyApp.uppy.getFiles()[0]?.meta[field], field);
    expect(taken).toBe(value);
  }).toPass({ timeout: 30_000 });
}

/** What the tus server was told of each file when its upload was created. */
function metadataAt(headers: readonly Readonly<Record<string, unknown>>[]): Record<string, string>[] {
  return headers
    .map((header) => header["upload-metadata"])
    .filter((line) => line !== undefined)
    .map((line) =>
      Object.fromEntries(
        String(line)
          .split(",")
          .map((field) => {
            const [name = "", value = ""] = field.trim().split(" ");
            return [name, Buffer.from(value, "base64").toString()];
          }),
      ),
    );
}

test("a field that is required is filled in in Dashboard before anything is stored, and comes to the tus server, also for an upload that is restored", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const options = { restrictions: { requiredMetaFields: ["caption"] }, fields: ["caption"] };
  const page = await openUppy(browserApp, site.origin, SLOW, options);
  await page.evaluate(() => uppyApp.add({ "a.png": 4_000_000 }, { album: "Summer" }));
  await press(page, UPLOAD);
  await expect.poll(() => refusals(page)).toHaveLength(2);
  expect(await refusals(page)).toEqual([
    expect.stringMatching(/^a\.png Missing required meta fields/),
    expect.stringMatching(/^all Missing required meta fields/),
  ]);
  expect(await page.evaluate(async () => (await uppyApp.session).tasks().length)).toBe(0);
  await fillIn(page, "caption", "Ümläut, 1");
  await press(page, UPLOAD);
  await expect.poll(() => percentageOf(page), { timeout: 45_000 }).toBeGreaterThan(5);
  await page.reload();
  await showUppy(page, SLOW, options);
  await expect.poll(() => rowsOf(page)).toEqual(["a.png: Pause upload"]);
  // The restored file has what is required: it does not stand in the way of another.
  await page.evaluate(() => uppyApp.add({ "b.png": 1_000 }, { caption: "second" }));
  await press(page, UPLOAD);
  await expect.poll(() => rowsOf(page), { timeout: 30_000 }).toEqual(["a.png: complete", "b.png: complete"]);
  expect(await refusals(page)).toEqual([]);
  const type = "image/png";
  expect(metadataAt(site.requests("/tus").map(({ headers }) => headers))).toEqual([
    { filename: "a.png", filetype: type, name: "a.png", type, album: "Summer", caption: "Ümläut, 1" },
    { filename: "b.png", filetype: type, name: "b.png", type, caption: "second" },
  ]);
  await expectNoFaults(page);
});
