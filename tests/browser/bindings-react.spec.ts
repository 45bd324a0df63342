import { click, download, expectText, openBindings, textOf } from "../support/bindings-page.ts";
import { expect, test } from "../support/fixtures.ts";
import { variantIf } from "../support/variants.ts";

const PATH = "/files/20MB.bin";

for (const name of ["react", "react-oldest"]) {
  const variant = variantIf(name === "react-oldest");
  test(
    `strict mode mounts twice, and the session is opened once, in ${name}`,
    variant,
    async ({ browserApp, site }) => {
      const page = await openBindings(browserApp, site.origin, name);
      await expectText(page, "#status", /^open owner/);
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1_500)));
      const { statuses, events } = await page.evaluate(() => bindings);
      expect({ statuses, events }).toEqual({ statuses: ["opening", "open"], events: [] });
    },
  );

  test(
    `a row that did not change is not rendered again, and each hook follows its tasks, in ${name}`,
    variant,
    async ({ browserApp, site }) => {
      const page = await openBindings(browserApp, site.origin, name, "counted");
      await download(page, "react", "file", `${PATH}?throttle=8MB`);
      await page.evaluate(() => {
        bindings.BackgroundSession.current("react")?.downloadTask("/files/1MB.bin", {
          id: "still",
          queue: "line",
        });
      });
      await expectText(page, "#queued", "1");
      await expectText(page, "#one", "running 200");
      const before = await page.evaluate(() => ({ ...bindings.renders }));
      await expectText(page, "#finished", "file");
      await expectText(page, "#one", "completed 200");
      await expectText(page, "#progress", "[100,100,50]");
      const after = await page.evaluate(() => bindings.renders);
      // Chosen by their kind, they are not rendered for tasks of another one.
      expect(after["data tasks"]).toBe(before["data tasks"]);
      await page.evaluate(() => {
        bindings.BackgroundSession.current("react")?.dataTask("/files/1KB.bin", { id: "asked" });
      });
      await expectText(page, "#data", "asked");
      expect(after.file).toBeGreaterThan((before.file ?? 0) + 3);
      // Twice for each, as strict mode does: it may have got its place in the queue in between.
      expect((after.still ?? 0) - (before.still ?? 0)).toBeLessThanOrEqual(2);
    },
  );

  test(`what the server rendered is taken over without a fault, and the session is opened then, in ${name}`, {
    tag: name === "react" ? "@core" : "@variant",
  }, async ({ browserApp, site }) => {
    const page = await openBindings(browserApp, site.origin, name, "");
    const hydrate = (view: string) =>
      page.evaluate((view) => (bindings as unknown as { hydrate(view: string): string }).hydrate(view), view);
    expect(await hydrate("list")).toContain("opening");
    await expectText(page, "#status", /^open owner/);
    await download(page, "react", "file", "/files/1MB.bin");
    await expect.poll(() => page.evaluate(() => bindings.events)).toContain("1 completed file");
    expect(await page.evaluate(() => bindings.faults)).toEqual([]);
  });

  test(
    `a component suspends until the session is open, also if the provider is below the boundary, in ${name}`,
    variant,
    async ({ browserApp, site }) => {
      const page = await openBindings(browserApp, site.origin, name, "suspense");
      await expectText(page, "#suspended", "owner");
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1_500)));
      expect(await textOf(page, "#suspended")).toBe("owner");
      expect(await page.evaluate(() => bindings.BackgroundSession.current("react")?.role)).toBe("owner");
    },
  );

  test(
    `a session that cannot be opened reaches the error boundary of the component that suspends, in ${name}`,
    variant,
    async ({ browserApp, site }) => {
      const page = await openBindings(browserApp, site.origin, name, "no worker");
      await expectText(page, "#caught", /missing\.js/);
    },
  );

  test(
    `a hook without a provider says what is missing, in ${name}`,
    variant,
    async ({ browserApp, site }) => {
      const page = await openBindings(browserApp, site.origin, name, "no provider");
      await expectText(page, "#caught", "There is no BackgroundSessionProvider above this component.");
    },
  );

  test(
    `a session that another tab took over is closed, and can be opened again, in ${name}`,
    variant,
    async ({ browserApp, site }) => {
      const page = await openBindings(browserApp, site.origin, name);
      await expectText(page, "#status", /^open owner/);
      const second = await browserApp.open(site.origin);
      await second.evaluate(() => app.open("react", { onBusy: "take-over" }));
      await expectText(page, "#status", "closed session-taken-over");
      await page.evaluate(() => bindings.reopen?.());
      await expectText(page, "#status", /^open observer/);
    },
  );
}

test("the delegate of a dialog gets the events while it is open, and then that of the page again", async ({
  browserApp,
  site,
}) => {
  const page = await openBindings(browserApp, site.origin, "react", "dialog");
  const completed = () => page.evaluate(() => bindings.events.filter((event) => event.includes("completed")));
  await download(page, "react", "before", "/files/1KB.bin");
  await expect.poll(completed).toEqual(["1 completed before"]);
  await click(page, "#dialog");
  await expectText(page, "#in-dialog", "");
  await download(page, "react", "meanwhile", "/files/1KB.bin?key=2");
  await expect.poll(completed).toEqual(["1 completed before", "9 completed meanwhile"]);
  await click(page, "#dialog");
  await expectText(page, "#in-dialog", undefined);
  await download(page, "react", "after", "/files/1KB.bin?key=3");
  await expect.poll(completed).toEqual(["1 completed before", "9 completed meanwhile", "1 completed after"]);
});

// The oldest React has no Activity.
test("a list that was hidden shows how things are now", async ({ browserApp, site }) => {
  const page = await openBindings(browserApp, site.origin, "react", "hiding");
  await download(page, "react", "first", `${PATH}?throttle=4MB`);
  await expectText(page, "li", /^The first/);
  await click(page, "#hide");
  await download(page, "react", "second", `${PATH}?throttle=4MB&key=2`);
  await page.evaluate(() => bindings.BackgroundSession.current("react")?.task("first")?.cancel());
  await expect.poll(() => page.evaluate(() => bindings.events)).toContain("1 completed first");
  expect(await textOf(page, "li")).toMatch(/^The first/);
  await click(page, "#hide");
  await expectText(page, "ul", /^The second ?Pause$/);
});
