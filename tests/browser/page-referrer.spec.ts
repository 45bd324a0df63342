import type { TestServer } from "../../server/server.ts";
import { builtFile } from "../support/built-file.ts";
import { expect, test } from "../support/fixtures.ts";
import type { TestPage } from "../support/test-browser.ts";

// The worker sends a task on the page's behalf: `Referer` is what the page's own `fetch` would send.

/**
 * Returns the `Referer` of the page's own `fetch` and of a task, same-origin and cross-origin, as the server saw it.
 */
function referers(page: TestPage, site: TestServer, init: { referrer?: string } = {}) {
  return page.evaluate(
    async ({ crossOrigin, init }) => {
      const session = app.BackgroundSession.current("test") ?? (await app.open());
      const key = crypto.randomUUID();
      const urls = [`/echo?key=${key}`, `${crossOrigin}/echo?cors=basic&key=${key}`];
      const [fetched, sent] = [[] as string[], [] as string[]];
      for (const url of urls) {
        fetched.push((await (await fetch(`${url}-fetched`, init)).json()).headers.referer);
        const task = session.dataTask({ url: `${url}-sent`, ...init });
        void task.resume();
        sent.push((await (await task.completed).response?.json())?.headers.referer);
      }
      return { fetched, sent };
    },
    { crossOrigin: site.crossOrigin, init },
  );
}

const WORDS = [
  "no-referrer",
  "no-referrer-when-downgrade",
  "same-origin",
  "nonsense",
  "origin",
  "",
  "strict-origin",
  "origin-when-cross-origin",
  "strict-origin-when-cross-origin",
  "unsafe-url",
  "never",
  "always",
  "ORIGIN",
  "no-referrer, origin",
];
/** An obsolete keyword that WebKit no longer knows. */
const FORGOTTEN = "origin-when-crossorigin";

test("the policy is the last valid one of the page's <meta name=referrer>", { tag: "@core" }, async ({
  engine,
  page,
  site,
}) => {
  await page.evaluate(() => history.replaceState(null, "", "/?page=1#part"));
  expect(await referers(page, site)).toEqual({
    fetched: [`${site.origin}/?page=1`, `${site.origin}/`],
    sent: [`${site.origin}/?page=1`, `${site.origin}/`],
  });
  for (const word of engine === "webkit" ? WORDS : [...WORDS, FORGOTTEN]) {
    await page.evaluate((word) => {
      const meta = Object.assign(document.createElement("meta"), { name: "Referrer", content: word });
      document.head.append(meta);
    }, word);
    const { fetched, sent } = await referers(page, site);
    expect({ word, sent }).toEqual({ word, sent: fetched });
  }
});

test("the referrer is the URL that the page has at the time of the call", async ({ page, site }) => {
  for (const address of ["/?page=2", "/other?page=3#part"]) {
    await page.evaluate((address) => history.pushState(null, "", address), address);
    const { fetched, sent } = await referers(page, site);
    expect(sent).toEqual(fetched);
    expect(sent[0]).toBe(`${site.origin}${address.replace("#part", "")}`);
  }
  expect((await referers(page, site, { referrer: "/given" })).sent[0]).toBe(`${site.origin}/given`);
});

test("if the page's policy is unknown, the worker's policy applies", async ({ page, site }) => {
  const headers = { "referrer-policy": "no-referrer" };
  site.serve("/quiet-sw.js", { body: await builtFile("sw.js"), headers });
  const referer = await page.evaluate(async () => {
    const session = await app.open("test", { serviceWorker: "/quiet-sw.js" });
    const task = session.dataTask("/echo");
    void task.resume();
    return (await (await task.completed).response?.json())?.headers.referer;
  });
  expect(referer).toBeUndefined();
});

test("the app's hook sees the page's referrer", async ({ page, site }) => {
  const seen = await page.evaluate(async () => {
    const session = await app.open("test", { serviceWorker: "/hook-worker.js" });
    const task = session.dataTask("/echo", {
      completion: { handler: "sent", context: "tells the referrer" },
    });
    void task.resume();
    return (await (await task.completed).response?.json())?.headers;
  });
  expect(seen).toMatchObject({ "x-referrer": `${site.origin}/`, referer: `${site.origin}/` });
});
