import { readFile } from "node:fs/promises";
import { barOf, click, download, expectText, openBindings } from "../support/bindings-page.ts";
import { APPS } from "../support/bindings-sites.ts";
import { builtFile } from "../support/built-file.ts";
import { expect, test } from "../support/fixtures.ts";
import { variantIf } from "../support/variants.ts";

const PATH = "/files/20MB.bin";
/** Its first answer stops after a fifth of the file, however long a test takes to look. */
const HALTING = `${PATH}?stall=4MB&stallTimes=1`;

for (const [app, version] of [
  ["react-oldest", "18.0.0"],
  ["vue-oldest", "3.3.0"],
] as const)
  test(`${app} is the version ${version}, which the package promises`, async ({ browserApp, site }) => {
    const page = await openBindings(browserApp, site.origin, app);
    expect(await page.evaluate(() => bindings.version?.split("-")[0])).toBe(version);
    const { peerDependencies } = JSON.parse(
      await readFile(new URL("../../package.json", import.meta.url), "utf8"),
    );
    const promised: string = peerDependencies[APPS[app] ?? ""];
    expect(version).toBe(`${promised.replace(/[^\d.]/g, "")}.0.0`.split(".").slice(0, 3).join("."));
  });

for (const [app, framework] of Object.entries(APPS)) {
  test(`a list in ${app} shows progress, pauses and resumes`, {
    tag: app === "react" ? "@core" : [],
  }, async ({ browserApp, site }) => {
    const page = await openBindings(browserApp, site.origin, app);
    await expectText(page, "#status", /^open owner/);
    await download(page, framework, "file", HALTING);
    await expectText(page, "li", /^The file ?Pause$/);
    await expect.poll(() => barOf(page)).toBeGreaterThan(0.1);
    await click(page, "li button");
    await expectText(page, "li", /^The file ?Resume$/);
    await expect.poll(() => site.requests(PATH).every(({ aborted }) => aborted)).toBe(true);
    await click(page, "li button");
    await expectText(page, "li", undefined);
    await expect
      .poll(() => page.evaluate(() => bindings.events))
      .toEqual(["1 file file 20000000", "1 completed file"]);
    const { statuses, faults } = await page.evaluate(() => bindings);
    expect(statuses.filter((status) => status !== "opening")).toEqual(["open"]);
    expect(faults).toEqual([]);
  });

  test(
    `a second tab in ${app} observes the same tasks, controls them, and is promoted`,
    variantIf(app !== framework),
    async ({ browserApp, site }) => {
      const owner = await openBindings(browserApp, site.origin, app);
      await download(owner, framework, "file", HALTING);
      const observer = await openBindings(browserApp, site.origin, app);
      await expectText(observer, "#status", /^open observer/);
      await expect.poll(() => barOf(observer)).toBeGreaterThan(0.05);
      await click(observer, "li button");
      await expectText(owner, "li", /Resume$/);
      await owner.close();
      await expectText(observer, "#status", /^open owner/);
      await click(observer, "li button");
      await expectText(observer, "li", undefined);
      await expect
        .poll(() => observer.evaluate(() => bindings.events))
        .toEqual(["1 file file 20000000", "1 completed file"]);
    },
  );
}

for (const [app, framework] of Object.entries(APPS)) {
  // A session that Svelte shows is opened by the app.
  if (framework === "svelte") continue;

  test(
    `a session in ${app} that is unmounted and mounted again stays open, and nothing is lost`,
    variantIf(app !== framework),
    async ({ browserApp, site }) => {
      const page = await openBindings(browserApp, site.origin, app);
      await download(page, framework, "file", `${PATH}?throttle=8MB`);
      const isSame = await page.evaluate(async (framework) => {
        const before = bindings.BackgroundSession.current(framework);
        for (let time = 0; time < 5; time += 1) {
          bindings.show();
          await new Promise((resolve) => setTimeout(resolve, 50));
          bindings.show("list");
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        return before !== undefined && before === bindings.BackgroundSession.current(framework);
      }, framework);
      expect(isSame).toBe(true);
      await expect
        .poll(() => page.evaluate(() => bindings.events))
        .toEqual(["1 file file 20000000", "1 completed file"]);
      expect(site.bytesSent(PATH)).toBe(20_000_000);
    },
  );

  test(
    `a session in ${app} that is unmounted while it is opened is given up, and can be opened again`,
    variantIf(app !== framework),
    async ({ browserApp, site }) => {
      const page = await openBindings(browserApp, site.origin, app, "");
      const seen = await page.evaluate(async () => {
        bindings.show("list");
        while (bindings.statuses.length === 0) await new Promise((resolve) => setTimeout(resolve));
        // React begins to open after it has painted.
        await new Promise((resolve) => setTimeout(resolve));
        bindings.show();
        return bindings.statuses;
      });
      expect(seen).toEqual(["opening"]);
      const held = () =>
        page.evaluate(async (framework) => {
          const { held = [], pending = [] } = await navigator.locks.query();
          const isOpen = bindings.BackgroundSession.current(framework) !== undefined;
          return isOpen || [...held, ...pending].some(({ name }) => name?.includes("#owner:"));
        }, framework);
      // Also while it may still be on its way to be opened.
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1_500)));
      await expect.poll(held).toBe(false);
      // It had been on its way.
      const registrations = () =>
        page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length);
      expect(await registrations()).toBe(1);
      await page.evaluate(() => bindings.show("list"));
      await expectText(page, "#status", /^open owner/);
      await download(page, framework, "file", "/files/1MB.bin");
      await expect.poll(() => page.evaluate(() => bindings.events)).toContain("1 completed file");
    },
  );
}

for (const name of ["vue", "vue-oldest"]) {
  test(
    `a session in ${name} that could not be opened, or was taken over, is opened again`,
    variantIf(name === "vue-oldest"),
    async ({ browserApp, site }) => {
      const serve = (body: string) => site.serve("/sw.js", { body, type: "text/javascript" });
      serve("throw new Error('a bad deployment');");
      const page = await openBindings(browserApp, site.origin, name);
      await expectText(page, "#status", /^failed \S+$/);
      serve(await builtFile("sw.js"));
      await page.evaluate(() => bindings.reopen?.());
      await expectText(page, "#status", "open owner");
      await download(page, "vue", "file", "/files/1MB.bin");
      await expect.poll(() => page.evaluate(() => bindings.events)).toContain("1 completed file");
      const second = await browserApp.open(site.origin);
      await second.evaluate(() => app.open("vue", { onBusy: "take-over" }));
      await expectText(page, "#status", "closed session-taken-over");
      await page.evaluate(() => bindings.reopen?.());
      await expectText(page, "#status", "open observer");
      const { statuses, faults } = await page.evaluate(() => bindings);
      expect(statuses).toEqual(["opening", "failed", "opening", "open", "closed", "opening", "open"]);
      expect(faults).toEqual([]);
    },
  );

  test(
    `a component in ${name} follows a queue: its snapshot has the tasks that wait in it, in order`,
    variantIf(name === "vue-oldest"),
    async ({ browserApp, site }) => {
      const page = await openBindings(browserApp, site.origin, name);
      await expectText(page, "#status", "open owner");
      const isSame = await page.evaluate(async () => {
        const session = bindings.BackgroundSession.current("vue");
        const queue = session?.queue("line");
        const made = ["first", "second"].map((id) => session?.dataTask("/echo", { id, queue: "line" }));
        session?.dataTask("/echo", { id: "elsewhere" });
        const before = queue?.getSnapshot();
        Object.assign(globalThis, { made });
        return before === queue?.getSnapshot() && before?.tasks.map(({ id }) => id).join(" ");
      });
      expect(isSame).toBe("first second");
      await expectText(page, "#line", "first second");
      await page.evaluate(() =>
        Promise.all(
          (globalThis as never as { made: { resume(): unknown }[] }).made.map((task) => task.resume()),
        ),
      );
      await expectText(page, "#line", "");
    },
  );
}

for (const app of ["vue", "vue-oldest"])
  test(
    `a list in ${app} renders only the rows that changed, and follows a group`,
    variantIf(app === "vue-oldest"),
    async ({ browserApp, site }) => {
      const page = await openBindings(browserApp, site.origin, app);
      await download(page, "vue", "file", `${PATH}?throttle=8MB`);
      await page.evaluate(() => {
        bindings.BackgroundSession.current("vue")?.downloadTask("/files/1MB.bin", {
          id: "still",
          group: "album",
        });
      });
      await expectText(page, "#album", "2");
      const before = await page.evaluate(() => ({ ...bindings.renders }));
      await expectText(page, "#finished", "file");
      await expectText(page, "#album", "1");
      const after = await page.evaluate(() => bindings.renders);
      expect(after.file).toBeGreaterThan((before.file ?? 0) + 3);
      expect((after.still ?? 0) - (before.still ?? 0)).toBeLessThanOrEqual(2);
    },
  );
