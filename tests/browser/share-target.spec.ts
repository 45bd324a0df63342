import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import type { TestServer } from "../../server/server.ts";
import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { sha256Of } from "../support/sha256-of.ts";
import type { TestBrowser, TestPage } from "../support/test-browser.ts";

const GUIDE = new URL("../../docs/share-target.md", import.meta.url);
const PHOTO_BYTES = 3_000_000;

interface Received {
  readonly fields: Readonly<Record<string, string>>;
  readonly sha256: string;
}

/** The code of the guide, and what the server receives of it. */
interface App {
  readonly page: TestPage;
  readonly action: string;
  readonly received: Received[];
}

function sampleOf(guide: string, language: string): string {
  const [, code] = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "ms").exec(guide) ?? [];
  expect(code, `the guide has a sample in ${language}`).toBeDefined();
  return code ?? "";
}

async function formIn(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const headers = { "content-type": request.headers["content-type"] ?? "" };
  const form = await new Response(Buffer.concat(chunks), { headers }).formData();
  const photo = form.get("photos") as File;
  return {
    fields: {
      title: String(form.get("title")),
      text: String(form.get("text")),
      name: photo.name,
      type: photo.type,
    },
    sha256: sha256Of(new Uint8Array(await photo.arrayBuffer())),
  };
}

/** Serves the app of the guide as it is printed, and visits it once, as an installed app was. */
async function openApp(
  browser: TestBrowser,
  site: TestServer,
  edit: (worker: string) => string = (worker) => worker,
): Promise<App> {
  const guide = await readFile(GUIDE, "utf8");
  const { action } = JSON.parse(sampleOf(guide, "json")).share_target as { action: string };
  site.serve("/share-sw.js", { body: edit(sampleOf(guide, "js")) });
  site.serve("/shared", { body: sampleOf(guide, "html"), type: "text/html" });
  const received: Received[] = [];
  site.route("/photos", async (request, response) => {
    received.push(await formIn(request));
    response.writeHead(201).end();
  });
  const page = await browser.newPage();
  await page.goto(`${site.origin}/shared`);
  await expect.poll(() => textOf(page)).toBe("0 waiting, 0 being sent");
  return { page, action, received };
}

function textOf(page: TestPage): Promise<string | null | undefined> {
  return page.evaluate(() => document.querySelector("p")?.textContent);
}

/** Shows a form with a file, as the share sheet has it, in a page of `origin`. */
async function fillSheet(page: TestPage, site: TestServer, action: string, origin: string): Promise<void> {
  site.serve("/sheet", {
    body: `<form action="${site.origin}${action}" method="post" enctype="multipart/form-data">
      <input name="title" value="Beach"><input name="text" value="ümläut"><input type="file" name="photos"></form>`,
    type: "text/html;charset=utf-8",
  });
  await page.goto(`${origin}/sheet`);
  await page.evaluate((bytes) => {
    const files = new DataTransfer();
    const photo = new Uint8Array(bytes).map((_, index) => index % 251);
    files.items.add(new File([photo], "beach 1.jpg", { type: "image/jpeg" }));
    const input = document.querySelector<HTMLInputElement>("input[type=file]");
    Object.assign(input ?? {}, { files: files.files });
  }, PHOTO_BYTES);
}

/** Posts the form by a navigation. It ends at the page that the worker leads to. */
async function submit(page: TestPage): Promise<void> {
  await page.evaluate(() => void setTimeout(() => document.querySelector("form")?.submit()));
  await expect.poll(() => page.evaluate(() => location.pathname).catch(() => "")).toBe("/shared");
}

async function share(page: TestPage, site: TestServer, action: string, origin = site.origin): Promise<void> {
  await fillSheet(page, site, action, origin);
  await submit(page);
}

const SHARED: Received = {
  fields: { title: "Beach", text: "ümläut", name: "beach 1.jpg", type: "image/jpeg" },
  sha256: sha256Of(new Uint8Array(PHOTO_BYTES).map((_, index) => index % 251)),
};

async function press(page: TestPage, button: "send" | "discard"): Promise<void> {
  await page.evaluate((id) => document.querySelector<HTMLButtonElement>(`#${id}`)?.click(), button);
}

test.describe("the recipe of the guide", needs("forms-in-requests"), () => {
  test("stores what was shared, and the page of a new browser sends it when the user says so", {
    tag: "@core",
  }, async ({ browserApp, site }) => {
    const { page, action, received } = await openApp(browserApp, site);
    await share(page, site, action);
    await expect.poll(() => textOf(page)).toBe("1 waiting, 0 being sent");
    await browserApp.killAndRestart();
    const next = await browserApp.newPage();
    await next.goto(`${site.origin}/shared`);
    await expect.poll(() => textOf(next)).toBe("1 waiting, 0 being sent");
    expect(received).toEqual([]);
    expect(site.requests(action)).toEqual([]);
    await press(next, "send");
    await expect.poll(() => received).toEqual([SHARED]);
    await expect.poll(() => textOf(next)).toBe("0 waiting, 0 being sent");
  });

  test("sends nothing of a form that another site posts, unless the user agrees", async ({
    browserApp,
    site,
  }) => {
    const { page, action, received } = await openApp(browserApp, site);
    await share(page, site, action, site.crossOrigin);
    await expect.poll(() => textOf(page)).toBe("1 waiting, 0 being sent");
    await press(page, "discard");
    await expect.poll(() => textOf(page)).toBe("0 waiting, 0 being sent");
    expect(received).toEqual([]);
  });

  test("stores what another app shares while the worker is stopped and there is no network", async ({
    browserApp,
    site,
  }) => {
    const { page, action, received } = await openApp(browserApp, site);
    await fillSheet(page, site, action, site.crossOrigin);
    await site.goDown();
    await browserApp.stopWorkers(page);
    await submit(page);
    await expect.poll(() => textOf(page)).toBe("1 waiting, 0 being sent");
    expect(await page.evaluate(() => location.origin + location.search)).toBe(site.origin);
    await press(page, "send");
    await site.comeBack();
    await expect.poll(() => received, { timeout: 30_000 }).toEqual([SHARED]);
    await expect.poll(() => textOf(page)).toBe("0 waiting, 0 being sent");
    expect(site.requests(action)).toEqual([]);
  });

  test("takes two shares at once while a page owns the session, and with resume() they are sent by themselves", async ({
    browserApp,
    site,
  }) => {
    const edit = (worker: string): string => worker.replace(".suspend()", ".resume()");
    const { page, action, received } = await openApp(browserApp, site, edit);
    const tabs = await Promise.all([browserApp.newPage(), browserApp.newPage()]);
    await Promise.all(tabs.map((tab) => share(tab, site, action)));
    await expect.poll(() => received).toEqual([SHARED, SHARED]);
    await expect.poll(() => textOf(page)).toBe("0 waiting, 0 being sent");
    for (const tab of tabs) expect(await tab.evaluate(() => location.search)).toBe("");
  });

  test("leads to the page with the reason if the form cannot be stored", async ({ browserApp, site }) => {
    const edit = (worker: string): string => worker.replace('"/photos"', '"ftp://photos"');
    const { page, action } = await openApp(browserApp, site, edit);
    await share(page, site, action);
    expect(await page.evaluate(() => new URLSearchParams(location.search).get("problem"))).toContain("ftp:");
  });
});
