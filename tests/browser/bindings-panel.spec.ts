import { download, openBindings } from "../support/bindings-page.ts";
import { APPS } from "../support/bindings-sites.ts";
import { expect, test } from "../support/fixtures.ts";
import type { TestPage } from "../support/test-browser.ts";
import { variantIf } from "../support/variants.ts";

const PATH = "/files/20MB.bin";

/** What the panel says of its task; undefined if there is no panel, or no task in it. */
function sentenceOf(page: TestPage): Promise<string | null | undefined> {
  return page.evaluate(
    () => document.querySelector("background-transfers")?.shadowRoot?.querySelector(".sentence")?.textContent,
  );
}

/** Presses a button of the task. */
function press(page: TestPage, action: string): Promise<void> {
  return page.evaluate((action) => {
    const root = document.querySelector("background-transfers")?.shadowRoot;
    root?.querySelector<HTMLElement>(`.row [data-action=${action}]`)?.click();
  }, action);
}

const expectSentence = (page: TestPage, sentence: string | undefined) =>
  expect.poll(() => sentenceOf(page)).toBe(sentence);

for (const [app, framework] of Object.entries(APPS)) {
  // React 18 gives elements attributes only.
  if (app === "react-oldest") continue;

  test(`the panel in ${app} shows the session that it is given, and tells the app's handler what the user asks for`, {
    tag: app === "react" ? "@core" : app === framework ? [] : "@variant",
  }, async ({ browserApp, site }) => {
    const page = await openBindings(browserApp, site.origin, app, "panel");
    await download(page, framework, "file", `${PATH}?throttle=4MB`);
    await expectSentence(page, "Downloading");
    await press(page, "cancel");
    await press(page, "pause");
    await expectSentence(page, "Paused");
    await page.evaluate(() => bindings.show());
    await expectSentence(page, undefined);
    await page.evaluate(() => bindings.show("panel"));
    await expectSentence(page, "Paused");
    await press(page, "resume");
    await expectSentence(page, "Downloaded");
    // The handler is called once for each, and has prevented one.
    await expect
      .poll(() => page.evaluate(() => bindings.events))
      .toEqual([
        "asked cancel 1",
        "asked pause 1",
        "asked resume 1",
        "1 file file 20000000",
        "1 completed file",
      ]);
    expect(await page.evaluate(() => bindings.faults)).toEqual([]);
    expect(site.bytesSent(PATH)).toBeLessThan(40_000_000);
  });
}

for (const app of ["react", "react-oldest"])
  test(
    `the panel in ${app} finds its session by the name in its attribute, and the document hears its events`,
    variantIf(app === "react-oldest"),
    async ({ browserApp, site }) => {
      const page = await openBindings(browserApp, site.origin, app, "named panel");
      await page.evaluate(() =>
        document.addEventListener("transfer-action", ({ detail }) => {
          bindings.events.push(`heard ${detail.action}`);
        }),
      );
      await download(page, "react", "file", `${PATH}?throttle=4MB`);
      await expectSentence(page, "Downloading");
      await press(page, "pause");
      await expectSentence(page, "Paused");
      await page.evaluate(() => {
        bindings.show();
        bindings.show("named panel");
      });
      await expectSentence(page, "Paused");
      await press(page, "resume");
      await expectSentence(page, "Downloaded");
      const { events, faults } = await page.evaluate(() => bindings);
      expect(events.filter((event) => event.startsWith("heard"))).toEqual(["heard pause", "heard resume"]);
      expect(faults).toEqual([]);
    },
  );
