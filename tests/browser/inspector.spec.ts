import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import type { Picture } from "../../src/inspector/index.ts";
import { LIBRARY_VERSION } from "../../src/protocol/library-version.ts";
import { namesOf } from "../../src/protocol/names.ts";
import { PROTOCOL } from "../../src/protocol/versions.ts";
import { needs } from "../support/absences.ts";
import { builtFile } from "../support/built-file.ts";
import { dumpDatabase } from "../support/database-dump.ts";
import { expect, test } from "../support/fixtures.ts";
import { LaunchSteps, startAndLeave } from "../support/launch-steps.ts";
import { expectAccessible } from "../support/panel-page.ts";
import { openStrictPage } from "../support/strict-page.ts";
import { endOf } from "../support/task-end.ts";
import type { TestBrowser, TestPage } from "../support/test-browser.ts";

/** The module as it ships; the page's import map has its only dependency. */
const MODULE = "/inspector/index.js";

type Inspector = typeof import("../../src/inspector/index.ts");

function pictureOf(page: TestPage): Promise<Picture> {
  return page.evaluate(async (path) => ((await import(path)) as Inspector).inspect(), MODULE);
}

/** What the inspector says of the unfinished tasks, by id. */
function sentences(page: TestPage): Promise<Record<string, string>> {
  return page.evaluate(async (path) => {
    const { inspect, explain } = (await import(path)) as Inspector;
    const { tasks, takenAt } = await inspect();
    return Object.fromEntries(tasks.map((task) => [task.id, explain(task, takenAt)]));
  }, MODULE);
}

/** Opens a session with a held queue, a task that backs off, one for tomorrow, and one that comes after it. */
async function makeWaiting(page: TestPage): Promise<void> {
  await page.evaluate(async () => {
    const session = await app.open("test", { configuration: { queues: { edits: { onFailure: "hold" } } } });
    const tomorrow = new Date(Date.now() + 86_400_000);
    const made = [
      session.dataTask("/status/404", { id: "refused", queue: "edits" }),
      session.dataTask("/files/1KB.bin?key=held", { id: "behind", queue: "edits" }),
      session.dataTask("/files/1KB.bin?status=503&retryAfter=3600", { id: "again" }),
      session.dataTask("/files/1KB.bin?token=hidden", { id: "later", earliestBeginDate: tomorrow }),
      session.dataTask("/files/1KB.bin?key=after", { id: "after", after: ["later"] }),
    ];
    await Promise.all(made.map((task) => task.resume()));
  });
  await endOf(page, "refused");
}

const HELD = /^Task "refused" ended badly and holds the queue "edits"/;

/** Stops the worker until it stays so: a page that has left may have started it once more. */
async function expectStopped(browserApp: TestBrowser, page: TestPage): Promise<void> {
  await expect(async () => {
    await browserApp.stopWorkers(page);
    expect((await pictureOf(page)).worker.isAnswering).toBe(false);
    expect((await pictureOf(page)).worker.isAnswering).toBe(false);
  }).toPass({ timeout: 30_000 });
}

async function show(page: TestPage): Promise<void> {
  await page.evaluate(async (path) => {
    await import(path);
    document.body.append(document.createElement("background-inspector"));
  }, MODULE);
}

/** The text of the element, when the task is in it. */
async function shownText(page: TestPage, id: string): Promise<string> {
  await page.waitForFunction(
    (id) =>
      document
        .querySelector("background-inspector")
        ?.shadowRoot?.querySelector(`[data-task="${id}"] .why`)
        ?.textContent?.endsWith("."),
    id,
  );
  return page.evaluate(() => document.querySelector("background-inspector")?.shadowRoot?.textContent ?? "");
}

test("each waiting task is explained, with the queue, the session and the log", async ({ page }) => {
  await makeWaiting(page);
  // `Retry-After` is an hour, and the jitter adds up to half of it.
  const again =
    /^Attempt 1 failed \(HTTP 503\): the next one is in [5-9]\d minutes .* Failed answers in a row: 1\. The server asked for a wait \(Retry-After: 3600 s\)\.$/;
  await expect.poll(async () => (await sentences(page)).again).toMatch(again);
  const said = await sentences(page);
  expect(said.behind).toMatch(HELD);
  expect(said.later).toMatch(/earliestBeginDate has not come: it may begin in (24|23) hours/);
  expect(said.after).toMatch(/^It comes after "later", which must succeed first/);
  const picture = await pictureOf(page);
  expect(picture.worker.isAnswering).toBe(true);
  expect(picture.tasks.filter(({ state }) => state === "running").map((task) => task.isActivityLive)).toEqual(
    Array(4).fill(true),
  );
  expect(picture.log.map(({ message }) => message).join()).toContain("503");
  expect(picture.queues).toEqual([
    { session: "test", name: "edits", head: "behind", length: 1, heldBy: ["refused"] },
  ]);
  expect(picture.sessions).toMatchObject([{ identifier: "test", isOwned: true, countOfTasks: 4 }]);
});

test("the picture has the locks, the worker, the storage, events that nobody has handled, and stored parts", async ({
  page,
  site,
}) => {
  await page.evaluate(async () => {
    const session = await app.open("test", {
      delegate: { didFinishDownloading: () => new Promise<void>(() => {}) },
    });
    await session.downloadTask("/files/1KB.bin", { id: "unhandled" }).resume();
    await session.downloadTask("/files/8MB.bin?throttle=500KB", { id: "underway" }).resume();
  });
  await expect
    .poll(
      async () => {
        const { outbox, tasks } = await pictureOf(page);
        return outbox.length === 2 && tasks.some(({ id, parts }) => id === "underway" && parts > 0);
      },
      { timeout: 30_000 },
    )
    .toBe(true);
  const { outbox, sessions, surroundings, tasks } = await pictureOf(page);
  const unhandled = tasks.find(({ id }) => id === "unhandled");
  for (const type of ["didFinishDownloading", "didComplete"])
    expect(outbox).toContainEqual({
      eventId: expect.any(String),
      session: "test",
      taskKey: unhandled?.key,
      type,
      refusals: 0,
      isParked: false,
    });
  const { locks, registrations, usedBytes, quotaBytes } = surroundings;
  const { daemonLock, ownerLock } = namesOf(`${site.origin}/`);
  const holderOf = (lock: string) => locks?.find(({ name, isHeld }) => isHeld && name === lock)?.clientId;
  const own = await page.evaluate(() =>
    navigator.locks.request("the page's own", async (lock) => {
      const { held } = await navigator.locks.query();
      return held?.find(({ name }) => name === lock?.name)?.clientId;
    }),
  );
  expect(holderOf(ownerLock("test"))).toBe(own);
  expect(sessions[0]?.owner).toBe(own);
  expect(holderOf(daemonLock)).toEqual(expect.any(String));
  expect(holderOf(daemonLock)).not.toBe(own);
  expect(registrations).toMatchObject([
    { scope: `${site.origin}/`, active: `${site.origin}/sw.js (activated)` },
  ]);
  expect(usedBytes).toBeGreaterThan(0);
  expect(quotaBytes).toBeGreaterThan(usedBytes ?? Number.POSITIVE_INFINITY);
});

test("a task that waits for a connection is told which limit holds it, and the log can be read as text", async ({
  page,
}) => {
  await page.evaluate(async () => {
    const session = await app.open("test", { configuration: { maximumConnections: 1 } });
    await session.dataTask("/files/1KB.bin?status=503&retryAfter=3600", { id: "refused" }).resume();
    await session.downloadTask("/files/4MB.bin?throttle=50KB", { id: "first" }).resume();
    await session.downloadTask("/files/1KB.bin", { id: "second" }).resume();
    await session
      .downloadTask("/files/1KB.bin?key=3", { id: "third", description: "Song", after: ["second"] })
      .resume();
    await session.downloadTask("/files/1KB.bin?key=4", { id: "fourth", after: ["third"] }).resume();
  });
  await expect
    .poll(async () => (await sentences(page)).second)
    .toBe("It waits for a free connection: 1 of 1 of the session (maximumConnections) are in use.");
  expect((await sentences(page)).fourth).toBe('It comes after "third" (Song), which must succeed first.');
  await show(page);
  await shownText(page, "second");
  const log = await page.evaluate(async () => {
    const root = document.querySelector("background-inspector")?.shadowRoot;
    const details = root?.querySelector("details.rest") as HTMLDetailsElement;
    details.open = true;
    const text = () => details.querySelector("pre")?.textContent ?? "";
    while (text() === "") await new Promise((resolve) => setTimeout(resolve, 50));
    return text();
  });
  expect(log).toMatch(/^\S+.* info test refused http:\S+ refused: status 503, retryAfterMs 3600000/m);
});

test("a task tells why its last attempt failed, and what the one before it does, after the worker was killed", async ({
  browserApp,
  page,
}) => {
  await page.evaluate(async () => {
    const session = await app.open();
    const refused = "/files/1KB.bin?status=503&retryAfter=3600";
    await session.dataTask(refused, { id: "refused", queue: "edits" }).resume();
    await session.dataTask("/files/1KB.bin", { id: "second", queue: "edits" }).resume();
  });
  const second =
    'Task "refused" (backing-off) is before it in the queue "edits", which runs one task at a time.';
  await expect.poll(async () => (await sentences(page)).second).toBe(second);
  await expect(async () => {
    await browserApp.stopWorkers(page);
    const { log } = await pictureOf(page);
    expect(log.map(({ message }) => message).join()).not.toContain("503");
  }).toPass({ timeout: 30_000 });
  const said = await sentences(page);
  expect(said.refused).toMatch(/^Attempt 1 failed \(HTTP 503\): .* \(Retry-After: 3600 s\)\.$/);
  expect(said.second).toBe(second);
});

test("the timeline of a task has its attempts, its bytes, and the stops and starts of the worker", async ({
  browserApp,
  page,
  site,
}) => {
  const open = (page: TestPage) =>
    page.evaluate(async () => {
      const session = await app.open("test", {
        configuration: { transport: "worker" },
        delegate: { didFinishCollectingMetrics: () => new Promise(() => {}) },
      });
      const task =
        session.task("song") ?? session.downloadTask("/files/8MB.bin?throttle=400KB", { id: "song" });
      await task.resume();
    });
  await open(page);
  const other = await browserApp.open(site.origin);
  await show(other);
  await shownText(other, "song");
  const timeline = () =>
    other.evaluate(() => {
      const root = document.querySelector("background-inspector")?.shadowRoot;
      const task = root?.querySelector('[data-task="song"] details') as HTMLDetailsElement;
      task.open = true;
      return [...task.querySelectorAll(".seen li")].map((line) => line.lastChild?.textContent).join("\n");
    });
  await expect.poll(timeline, { timeout: 30_000 }).toMatch(/^made\n.*\d+ bytes received/s);
  // While there is work, Chromium starts a stopped worker again at once, for the sync event.
  await page.evaluate(() => app.BackgroundSession.current("test")?.task("song")?.suspend());
  await page.close();
  await expectStopped(browserApp, other);
  await expect.poll(timeline).toContain("the worker stopped");
  await open(other);
  // That the worker started is seen with the next picture: the rest of the file may have come before.
  await expect.poll(timeline, { timeout: 60_000 }).toMatch(/the worker stopped.*the worker started/s);
  await expect
    .poll(timeline, { timeout: 60_000 })
    .toMatch(/the worker stopped.*attempt ended with HTTP 20[06], \d+ bytes/s);
  expect(await timeline()).toContain("attempt began");
});

test("text that the user selects in the log stays selected while tasks go on", async ({ page }) => {
  await page.evaluate(async () => {
    const session = await app.open("test");
    await session.dataTask("/files/1KB.bin?status=503&retryAfter=3600", { id: "refused" }).resume();
  });
  await show(page);
  await shownText(page, "refused");
  const logText = () =>
    page.evaluate(
      () =>
        document.querySelector("background-inspector")?.shadowRoot?.querySelector("details.rest pre")
          ?.textContent,
    );
  await page.evaluate(() => {
    const root = document.querySelector("background-inspector")?.shadowRoot;
    const [details, log] = [root?.querySelector("details.rest"), root?.querySelector("details.rest pre")];
    if (!(details instanceof HTMLDetailsElement) || !log) throw new Error("There is no log.");
    details.open = true;
  });
  await expect.poll(logText).toContain("test refused");
  const selected = await page.evaluate(() => {
    const log = document.querySelector("background-inspector")?.shadowRoot?.querySelector("details.rest pre");
    const line = log?.firstChild as Text;
    getSelection()?.setBaseAndExtent(line, 0, line, 12);
    return log?.textContent?.slice(0, 12);
  });
  const before = await logText();
  await page.evaluate(async () => {
    const later = { id: "later" };
    await app.BackgroundSession.current("test")
      ?.dataTask("/files/1KB.bin?status=503&retryAfter=3600&key=later", later)
      .resume();
  });
  await shownText(page, "later");
  expect(await page.evaluate(() => String(getSelection()))).toBe(selected);
  expect(await logText()).toBe(before);
  await page.evaluate(() => getSelection()?.removeAllRanges());
  await expect.poll(logText).toContain("test later");
});

test(
  "a task that waits for the network is explained",
  needs("offline-worker"),
  async ({ chromium, page, site }) => {
    await page.evaluate(() => app.open());
    await page.evaluate((path) => import(path), MODULE);
    await chromium.context.setOffline(true);
    await page.evaluate(() =>
      app.BackgroundSession.current("test")?.dataTask("/files/1KB.bin", { id: "off" }).resume(),
    );
    await expect
      .poll(async () => (await sentences(page)).off)
      .toBe("The browser is offline: it goes on when the network is back.");
    const { syncTag } = namesOf(`${site.origin}/`);
    await expect
      .poll(async () => (await pictureOf(page)).surroundings.registrations?.map(({ syncTags }) => syncTags))
      .toEqual([[syncTag]]);
    await chromium.context.setOffline(false);
    await endOf(page, "off");
    expect((await sentences(page)).off).toBe("It has ended with HTTP 200.");
  },
);

test("the inspector writes nothing to disk and does not start the worker", async ({
  browserApp,
  page,
  site,
}) => {
  // What is left waits for the app: nobody else has a reason to start the worker.
  await page.evaluate(async () => {
    const session = await app.open("test", { configuration: { queues: { edits: { onFailure: "hold" } } } });
    const rests = session.dataTask("/files/1KB.bin", { id: "rests" });
    const made = [
      session.dataTask("/status/404", { id: "refused", queue: "edits" }),
      session.dataTask("/files/1KB.bin?key=held", { id: "behind", queue: "edits" }),
      session.dataTask("/files/1KB.bin?key=after", { id: "after", after: [rests.id] }),
    ];
    await Promise.all(made.map((task) => task.resume()));
  });
  await endOf(page, "refused");
  const other = await browserApp.open(site.origin);
  await page.close();
  await expectStopped(browserApp, other);
  const before = await dumpDatabase(other);
  await show(other);
  expect(await shownText(other, "rests")).toContain("The worker is stopped");
  const said = await sentences(other);
  expect(said.rests).toMatch(/^It is suspended/);
  expect(said.behind).toMatch(HELD);
  expect(said.after).toMatch(/^It comes after "rests"/);
  // More pictures, besides those of the element.
  for (let count = 0; count < 5; count += 1) expect((await pictureOf(other)).worker.isAnswering).toBe(false);
  expect(await dumpDatabase(other)).toEqual(before);
});

test("the inspector makes no database for a scope that has none", async ({ page }) => {
  const found = await page.evaluate(async (path) => {
    const { inspect } = (await import(path)) as Inspector;
    const picture = await inspect("/nothing/");
    return { picture, names: (await indexedDB.databases()).map(({ name }) => name) };
  }, MODULE);
  expect(found.picture).toMatchObject({ hasDatabase: false, sessions: [], tasks: [] });
  expect(found.names).not.toContain("background-session:/nothing/");
});

test("without a scope, the inspector finds the sessions of a worker in another directory", async ({
  page,
  site,
}) => {
  site.serve("/assets/sw.js", {
    body: 'importScripts("/sw.js");',
    type: "text/javascript",
  });
  await page.evaluate(async () => {
    const session = await app.BackgroundSession.open("assets", { serviceWorker: "/assets/sw.js" });
    await session.dataTask("/echo", { id: "there", earliestBeginDate: new Date(Date.now() + 1e8) }).resume();
  });
  const { scope, tasks } = await pictureOf(page);
  expect(new URL(scope).pathname).toBe("/assets/");
  expect(tasks.map(({ id }) => id)).toEqual(["there"]);
});

test("a damaged row is shown as a task that is given up", async ({ page }) => {
  await page.evaluate(async () => {
    const session = await app.open();
    await session.dataTask("/files/1KB.bin", { id: "whole" }); // suspended
    const database = await app.database();
    await database?.put("tasks", { session: "test", key: "broken", state: 7, request: null, order: "x" });
    await database?.put("outbox", { session: "test", eventId: {}, taskKey: 7 });
    database?.close();
  });
  await expect.poll(async () => Object.keys(await sentences(page)).length).toBe(2);
  const said = await page.evaluate(async (path) => {
    const { inspect, explain } = (await import(path)) as Inspector;
    const { tasks } = await inspect();
    return tasks.filter(({ key }) => key === "broken").map((task) => explain(task));
  }, MODULE);
  expect(said.join()).toContain("The stored task is damaged");
});

test("the element shows tasks under a strict policy, and neither the picture nor the element has secrets", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const page = await openStrictPage(browserApp, site);
  await page.evaluate(async () => {
    const session = await app.open("test", {
      serviceWorker: "/strict-sw.js",
      configuration: { storeCredentials: true, httpAdditionalHeaders: { "x-api-key": "hush-1" } },
    });
    const tomorrow = new Date(Date.now() + 86_400_000);
    const request = { url: "/files/1KB.bin?sig=hush-2#hush-3", headers: { authorization: "Bearer hush-4" } };
    await session.dataTask(request, { id: "secret", earliestBeginDate: tomorrow }).resume();
  });
  await show(page);
  const text = await shownText(page, "secret");
  expect(text).toContain("may begin in");
  expect(text).not.toContain("hush-");
  expect(JSON.stringify(await pictureOf(page))).not.toContain("hush-");
  expect(await page.evaluate(() => (globalThis as unknown as { violations: string[] }).violations)).toEqual(
    [],
  );
});

test("the element filters and searches, goes on after it was moved, and stops when it is removed", async ({
  page,
}) => {
  await makeWaiting(page);
  await show(page);
  await shownText(page, "again");
  const found = await page.evaluate(async () => {
    const element = document.querySelector("background-inspector") as HTMLElement & {
      refresh(): Promise<void>;
    };
    const root = element.shadowRoot as ShadowRoot;
    const ids = () =>
      [...root.querySelectorAll("[data-task]")].map((item) => (item as HTMLElement).dataset.task);
    const search = root.querySelector("input") as HTMLInputElement;
    const filter = root.querySelector("select") as HTMLSelectElement;
    search.value = "holds the queue";
    search.dispatchEvent(new Event("input"));
    const searched = ids();
    search.value = "";
    filter.value = "failed";
    filter.dispatchEvent(new Event("change"));
    const failed = ids();
    element.remove();
    filter.value = "all";
    filter.dispatchEvent(new Event("change"));
    let questions = 0;
    const channel = new BroadcastChannel("background-session:/#inspection");
    channel.onmessage = ({ data }) => {
      if (typeof data === "string") questions += 1;
    };
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const whileAway = questions;
    document.body.append(element);
    while (questions === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    return { searched, failed, all: ids().length, whileAway };
  });
  expect(found).toEqual({ searched: ["behind"], failed: ["refused"], all: 5, whileAway: 0 });
});

test("the keyboard reaches everything, and axe finds nothing in light and dark", async ({ page }) => {
  const real = page as Page;
  await makeWaiting(page);
  await show(page);
  await shownText(page, "later");
  const summary = real.locator('background-inspector [data-task="later"] summary');
  await summary.focus();
  await real.keyboard.press("Enter");
  await expect(real.locator('background-inspector [data-task="later"] .seen')).toContainText("made");
  await real.evaluate(() =>
    (document.querySelector("background-inspector") as HTMLElement & { refresh(): Promise<void> }).refresh(),
  );
  await expect(summary).toBeFocused();
  for (const colorScheme of ["light", "dark"] as const) {
    await real.emulateMedia({ colorScheme });
    await expectAccessible(page, "background-inspector");
  }
});

test("the export is the picture, with what each task waits for", async ({ page }) => {
  await makeWaiting(page);
  await show(page);
  await shownText(page, "later");
  // Not every driver tells of downloads: the file is read by its address.
  const [name, json = ""] = await page.evaluate(() => {
    HTMLAnchorElement.prototype.click = function (): void {
      const { href, download } = this;
      Object.assign(globalThis, { saved: fetch(href).then(async (file) => [download, await file.text()]) });
    };
    const buttons = document.querySelector("background-inspector")?.shadowRoot?.querySelectorAll("button");
    [...(buttons ?? [])].find(({ textContent }) => textContent === "Download JSON")?.click();
    return (globalThis as never as { saved: Promise<string[]> }).saved;
  });
  expect(name).toBe("background-session.json");
  const exported = JSON.parse(json) as Picture;
  expect(exported.tasks.map(({ id }) => id).sort()).toEqual(["after", "again", "behind", "later", "refused"]);
  const { why } =
    (exported.tasks as readonly { id: string; why?: string }[]).find(({ id }) => id === "after") ?? {};
  expect(why).toMatch(/^It comes after "later"/);
  expect(json).not.toContain("hidden");
});

test("the export is saved as a file", needs("download-events", "playwright-page"), async ({ page }) => {
  const real = page as Page;
  await makeWaiting(page);
  await show(page);
  await shownText(page, "later");
  const [download] = await Promise.all([
    real.waitForEvent("download"),
    real.getByRole("button", { name: "Download JSON" }).press("Enter"),
  ]);
  expect(JSON.parse(await readFile(await download.path(), "utf8"))).toHaveProperty("tasks");
});

test("the picture is copied", needs("permissions", "playwright-page"), async ({ page }) => {
  const real = page as Page;
  await makeWaiting(page);
  await show(page);
  await real.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await real.getByRole("button", { name: "Copy JSON" }).press("Space");
  await expect(real.locator("background-inspector [role=status]").first()).toHaveText("Copied.");
  expect(JSON.parse(await real.evaluate(() => navigator.clipboard.readText()))).toHaveProperty("tasks");
});

test.describe("beside a launch", () => {
  test.use({ ownBrowser: true });

  test("the timeline of a task has the background launch that it is the reason for", async ({
    page,
    browserApp,
    site,
  }) => {
    const steps = new LaunchSteps(site);
    const gate = steps.stopAt("launched for test");
    await startAndLeave(page, "/files/2MB.bin?throttle=2MB");
    await steps.reached("launched for test");
    const next = await browserApp.open(site.origin);
    await show(next);
    await shownText(next, "episode");
    const timeline = () =>
      next.evaluate(() => {
        const root = document.querySelector("background-inspector")?.shadowRoot;
        const task = root?.querySelector('[data-task="episode"] details') as HTMLDetailsElement;
        task.open = true;
        return task.querySelector(".seen")?.textContent ?? "";
      });
    expect((await pictureOf(next)).launches).toEqual([
      { session: "test", begunAt: expect.any(Number), tries: 1 },
    ]);
    await expect.poll(timeline).toContain("the app was launched, try 1");
    expect(await timeline()).toContain("log, info: Launching the app, try 1.");
    gate.open();
    await steps.reached("opened as owner");
  });
});

test("a line of the log is shown without a poll, and a worker to which nobody listens sends nothing", async ({
  browserApp,
  page,
  site,
}) => {
  const other = await browserApp.open(site.origin);
  // What the worker sends of its own accord; an answer has its version.
  await other.evaluate(() => {
    const sent: unknown[] = [];
    const channel = new BroadcastChannel("background-session:/#inspection");
    channel.onmessage = ({ data }) => typeof data !== "string" && !data.library && sent.push(data);
    Object.assign(globalThis, { channel, sent });
  });
  const sent = () => other.evaluate(() => (globalThis as never as { sent: unknown[] }).sent.length);
  const refuse = (id: string) =>
    page.evaluate(async (id) => {
      const session = app.BackgroundSession.current("test") ?? (await app.open());
      const path = `/files/1KB.bin?status=503&retryAfter=3600&key=${id}`;
      await session.dataTask(path, { id, description: id }).resume();
    }, id);
  const isLogged = (id: string) =>
    expect.poll(async () => (await pictureOf(page)).log.some(({ taskId }) => taskId === id)).toBe(true);
  await refuse("unheard");
  await isLogged("unheard");
  expect(await sent()).toBe(0);
  await page.evaluate(async (path) => {
    // Until the worker tells of a line, the element takes no picture by the clock. Afterwards a slow machine may wait long.
    let isTold = false;
    const told = new BroadcastChannel("background-session:/#inspection");
    told.onmessage = ({ data }) => {
      isTold ||= data === true;
    };
    const { setTimeout } = globalThis;
    globalThis.setTimeout = ((call: () => void, delay = 0, ...rest: []) =>
      delay < 1_000 || isTold ? setTimeout(call, delay, ...rest) : 0) as typeof setTimeout;
    await import(path);
    document.body.append(document.createElement("background-inspector"));
  }, MODULE);
  await shownText(page, "unheard");
  expect(await sent()).toBe(0);
  await refuse("heard");
  expect(await shownText(page, "heard")).toContain("heard (heard)");
  expect(await sent()).toBeGreaterThan(0);
  await page.evaluate(() => document.querySelector("background-inspector")?.remove());
  // The last picture was told of one more line, at the most.
  await refuse("last");
  await isLogged("last");
  const before = await sent();
  await refuse("again unheard");
  await isLogged("again unheard");
  expect(await sent()).toBe(before);
});

test("the picture has the version of the worker, as it says, or if it is stopped, as a page has stored it", async ({
  browserApp,
  page,
  site,
}) => {
  await page.evaluate(() => app.open());
  const running = { worker: "active", library: LIBRARY_VERSION, protocol: PROTOCOL, isRunning: true };
  const workers = async (page: TestPage) => (await pictureOf(page)).versions.workers;
  await expect.poll(() => workers(page)).toEqual([running]);
  const other = await browserApp.open(site.origin);
  await page.close();
  await expectStopped(browserApp, other);
  expect(await workers(other)).toEqual([{ ...running, isRunning: false, protocol: undefined }]);
  await show(other);
  await expect
    .poll(() =>
      other.evaluate(() => document.querySelector("background-inspector")?.shadowRoot?.textContent ?? ""),
    )
    .toContain(`active worker ${LIBRARY_VERSION}`);
});

test("a worker that waits to take over tells its version, and one without the library has none", async ({
  page,
  site,
}) => {
  const ready = await builtFile("sw.js");
  const serve = (path: string, body: string) => site.serve(path, { body, type: "text/javascript" });
  serve("/newer.js", ready.replaceAll(LIBRARY_VERSION, "9.9.9"));
  // A worker that imports the ready one does not take over by itself.
  serve("/app-sw.js", 'importScripts("/sw.js");');
  const open = () => page.evaluate(() => app.open("test", { serviceWorker: "/app-sw.js" }).then(() => {}));
  const update = () =>
    page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      const last = registration?.waiting;
      await registration?.update();
      while (!registration?.waiting || registration.waiting === last)
        await new Promise((resolve) => setTimeout(resolve, 50));
    });
  const workers = async () =>
    (await pictureOf(page)).versions.workers.map(({ worker, library }) => `${worker} ${library}`);
  await open();
  // Its page, which the worker controls now, holds up the next one.
  await page.reload();
  await page.waitForFunction(() => "app" in globalThis);
  await open();
  serve("/app-sw.js", 'importScripts("/newer.js");');
  await update();
  const active = `active ${LIBRARY_VERSION}`;
  await expect.poll(workers, { timeout: 30_000 }).toEqual([active, "waiting 9.9.9"]);
  serve("/app-sw.js", "addEventListener('fetch', () => {});");
  await update();
  await expect.poll(workers, { timeout: 30_000 }).toEqual([active, "waiting unknown"]);
});

test("an element that is not visible takes no picture", async ({ browserApp, site }) => {
  const page = await openStrictPage(browserApp, site);
  const lines = await page.evaluate(async (path) => {
    await import(path);
    const details = document.createElement("details");
    const element = document.createElement("background-inspector") as HTMLElement & {
      refresh(): Promise<void>;
    };
    details.append(element);
    document.body.append(details);
    const counts: (number | undefined)[] = [];
    for (const isOpen of [false, true]) {
      details.open = isOpen;
      // Another picture may be under way: then this one is not taken.
      do await element.refresh();
      while (isOpen && !element.shadowRoot?.querySelector("div p"));
      counts.push(element.shadowRoot?.querySelectorAll("div p").length);
    }
    return counts;
  }, MODULE);
  expect(lines[0]).toBe(0);
  expect(lines[1]).toBeGreaterThan(0);
});
