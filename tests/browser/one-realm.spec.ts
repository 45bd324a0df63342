import { expect, test } from "../support/fixtures.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";

test("a second open in the same page rejects with session-in-use", async ({ page }) => {
  const outcome = await page.evaluate(async () => {
    const [first, second] = await Promise.allSettled([app.open(), app.open()]);
    const third = await app.open().catch((error) => error.code);
    return {
      first: first.status,
      second: second.status === "rejected" && second.reason.code,
      third,
      isCurrent: first.status === "fulfilled" && app.BackgroundSession.current("test") === first.value,
    };
  });
  expect(outcome).toEqual({
    first: "fulfilled",
    second: "session-in-use",
    third: "session-in-use",
    isCurrent: true,
  });
});

test("a closed session can be reopened at once, and its tasks ran on", async ({ page, site }) => {
  await startDownload(page, "file", "/files/10MB.bin?throttle=8MB");
  const roles = await page.evaluate(async () => {
    const session = app.BackgroundSession.current("test");
    void session?.close();
    const next = await app.open();
    let thrown = "";
    try {
      session?.downloadTask("/files/1MB.bin");
    } catch (error) {
      thrown = (error as { code: string }).code;
    }
    return { role: next.role, states: next.tasks().map((task) => task.state), thrown };
  });
  expect(roles).toEqual({ role: "owner", states: ["running"], thrown: "session-invalidated" });
  expect(await page.evaluate(() => app.news)).toEqual(["invalid"]);
  await expectFile(page, "file", await site.sha256("/files/10MB.bin"));
  expect(site.bytesSent("/files/10MB.bin")).toBe(10_000_000);
});

test("a framework that mounts, unmounts and mounts again ends with one live session", async ({
  page,
  site,
}) => {
  const outcome = await page.evaluate(async () => {
    const outcomes: string[] = [];
    const mount = () => {
      const controller = new AbortController();
      const opening = app.open("test", { signal: controller.signal });
      opening.then(
        (session) => outcomes.push(session.role),
        (error) => outcomes.push(error.name ?? error.code),
      );
      return () => {
        controller.abort();
        opening.then((session) => session.close()).catch(() => {});
      };
    };
    const unmount = mount();
    unmount();
    mount();
    while (outcomes.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    return { outcomes, role: app.BackgroundSession.current("test")?.role };
  });
  expect(outcome).toEqual({ outcomes: ["AbortError", "owner"], role: "owner" });
  await startDownload(page, "file", "/files/1MB.bin");
  await expectFile(page, "file", await site.sha256("/files/1MB.bin"));
  expect(site.bytesSent("/files/1MB.bin")).toBe(1_000_000);
});

test("mounting twenty times, with every delay between, leaves one live session", async ({ page }) => {
  const roles = await page.evaluate(async () => {
    const roles: (string | undefined)[] = [];
    for (let delayMs = 0; delayMs < 20; delayMs += 1) {
      const controller = new AbortController();
      const first = app.open("test", { signal: controller.signal });
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      controller.abort();
      first.then((session) => session.close()).catch(() => {});
      const second = await app.open();
      roles.push(second.role);
      await second.close();
    }
    return roles;
  });
  expect(roles).toEqual(Array(20).fill("owner"));
});

test("a hundred sessions of a page share one connection to the disk, and it is closed with the last", async ({
  page,
  site,
}) => {
  const connections = await page.evaluate(async () => {
    const { open } = IDBFactory.prototype;
    const { close } = IDBDatabase.prototype;
    const connections = { opened: 0, closed: 0 };
    Object.assign(globalThis, { connections });
    IDBFactory.prototype.open = function (name, ...version) {
      if (name === "background-session:/") connections.opened += 1;
      return open.call(this, name, ...version);
    };
    IDBDatabase.prototype.close = function () {
      if (this.name === "background-session:/") connections.closed += 1;
      close.call(this);
    };
    await app.open("session-0");
    // The script of the worker was noted, for a moment, before there was a session.
    const first = connections.opened - connections.closed;
    const names = Array.from({ length: 99 }, (_, nth) => `session-${nth + 1}`);
    await Promise.all(names.map((name) => app.open(name)));
    return [first, connections.opened - connections.closed];
  });
  expect(connections).toEqual([1, 1]);
  await page.evaluate(() =>
    app.BackgroundSession.current("session-57")?.downloadTask("/files/1MB.bin", { id: "file" }).resume(),
  );
  await expectFile(page, "file", await site.sha256("/files/1MB.bin"));
  const left = await page.evaluate(async () => {
    const names = await app.BackgroundSession.identifiers();
    await Promise.all(names.map((name) => app.BackgroundSession.current(name)?.close()));
    const { opened, closed } = (globalThis as unknown as { connections: { opened: number; closed: number } })
      .connections;
    return [names.length, opened - closed];
  });
  expect(left).toEqual([100, 0]);
});
