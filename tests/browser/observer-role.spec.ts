import { expect, test } from "../support/fixtures.ts";
import { expectFile } from "../support/task-end.ts";

test("an object that is opened as an observer never becomes the owner, and makes tasks for whoever is", {
  tag: "@core",
}, async ({ page, site }) => {
  const roles = await page.evaluate(async () => {
    const observer = await app.open("test", { role: "observer" });
    await observer.downloadTask("/files/1MB.bin", { id: "file" }).resume();
    const { response } = (await observer.task("file")?.completed) ?? {};
    // Its end is in the outbox: an object that wanted to be the owner would have noted it.
    const notes = (await app.entries()).length;
    const current = app.BackgroundSession.current("test");
    const owner = await app.open();
    return { status: response?.status, notes, current, roles: [observer.role, owner.role] };
  });
  expect(roles).toEqual({ status: 200, notes: 0, current: undefined, roles: ["observer", "owner"] });
  await expectFile(page, "file", await site.sha256("/files/1MB.bin"));
});

test("an owner beside it in the same page may be closed and opened again", async ({ page }) => {
  const roles = await page.evaluate(async () => {
    const owner = await app.open();
    const observer = await app.open("test", { role: "observer" });
    await owner.close();
    const between = observer.role;
    const next = await app.open();
    await observer.close();
    return [between, next.role, app.BackgroundSession.current("test") === next];
  });
  expect(roles).toEqual(["observer", "owner", true]);
});

test("an observer finds the worker of this page's session, also in another directory, after that is over", async ({
  page,
  site,
}) => {
  site.serve("/assets/sw.js", { body: 'importScripts("/sw.js");', type: "text/javascript" });
  const ids = await page.evaluate(async () => {
    const { BackgroundSession } = app;
    const owner = await BackgroundSession.open("assets", { serviceWorker: "/assets/sw.js" });
    await owner.dataTask("/echo", { id: "there", earliestBeginDate: new Date(Date.now() + 1e8) }).resume();
    await owner.close();
    const observer = await BackgroundSession.open("assets", { role: "observer" });
    return observer.tasks().map(({ id }) => id);
  });
  expect(ids).toEqual(["there"]);
});
