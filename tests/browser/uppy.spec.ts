import { expect, test } from "../support/fixtures.ts";
import { eventsOf, expectNoFaults, openUppy, press, rowsOf } from "../support/uppy-page.ts";

const UPLOAD = ".uppy-StatusBar-actionBtn--upload";

test("files that Dashboard uploads are tasks of the session, and Uppy gets the server's answers", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const page = await openUppy(browserApp, site.origin, { endpoint: "/echo" });
  await page.evaluate(() => uppyApp.add({ "a.png": 300_000, "b.png": 5 }));
  await press(page, UPLOAD);
  await expect.poll(() => eventsOf(page)).toContain("complete 2 0");
  const [start, ...rest] = await eventsOf(page);
  expect(start).toBe("start a.png,b.png");
  expect(rest.sort()).toEqual(["complete 2 0", "success a.png 200 300000", "success b.png 200 5"]);
  await expect.poll(() => rowsOf(page)).toEqual(["a.png: complete", "b.png: complete"]);
  await expect
    .poll(() => page.evaluate(() => [...uppyApp.completions].sort()))
    .toEqual(["a.png 200", "b.png 200"]);
  const tasks = await page.evaluate(() =>
    uppyApp.BackgroundSession.current("uppy")
      ?.group("uppy:photos")
      .getSnapshot()
      .finished.map(({ description, kind }) => [description, kind]),
  );
  expect(tasks?.sort()).toEqual([
    ["a.png", "upload"],
    ["b.png", "upload"],
  ]);
  await expectNoFaults(page);
});
