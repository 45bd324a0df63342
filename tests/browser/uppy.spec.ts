import type { TestServer } from "../../server/server.ts";
import { expect, test } from "../support/fixtures.ts";
import type { TestBrowser, TestPage } from "../support/test-browser.ts";
import {
  eventsOf,
  expectNoFaults,
  openUppy,
  percentageOf,
  press,
  rowsOf,
  showUppy,
} from "../support/uppy-page.ts";

const UPLOAD = ".uppy-StatusBar-actionBtn--upload";

/** The state of the only task. */
function stateOf(page: TestPage): Promise<string | undefined> {
  return page.evaluate(async () => (await uppyApp.session).tasks()[0]?.state);
}

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

test("Dashboard's buttons pause and resume an upload", async ({ browserApp, site }) => {
  const options = { endpoint: "/tus?throttle=1MB", protocol: "tus" } as const;
  const page = await openUppy(browserApp, site.origin, options, { autoProceed: true });
  await page.evaluate(() => uppyApp.add({ "a.png": 4_000_000 }));
  await expect.poll(() => percentageOf(page)).toBeGreaterThan(5);
  for (const selector of [".uppy-Dashboard-Item-progressIndicator", ".uppy-StatusBar-actionCircleBtn"]) {
    await press(page, selector);
    await expect.poll(() => rowsOf(page)).toEqual(["a.png: Resume upload"]);
    await expect.poll(() => stateOf(page)).toBe("suspended");
    await press(page, selector);
    await expect.poll(() => rowsOf(page)).toEqual(["a.png: Pause upload"]);
    await expect.poll(() => stateOf(page)).toBe("running");
  }
  await expect.poll(() => eventsOf(page)).toContain("complete 1 0");
  expect(await site.storedUploads("tus")).toMatchObject([{ sizeBytes: 4_000_000, isComplete: true }]);
  await expectNoFaults(page);
});

test("removing a file cancels its upload alone, on the server too", async ({ browserApp, site }) => {
  const options = { endpoint: "/tus?throttle=1MB", protocol: "tus" } as const;
  const page = await openUppy(browserApp, site.origin, options, { autoProceed: true });
  await page.evaluate(() => uppyApp.add({ "a.png": 4_000_000, "b.png": 2_000_000 }));
  await expect.poll(() => percentageOf(page)).toBeGreaterThan(5);
  await press(page, ".uppy-Dashboard-Item-action--remove");
  await expect.poll(() => eventsOf(page)).toContain("complete 1 0");
  expect(await rowsOf(page)).toEqual(["b.png: complete"]);
  await expect
    .poll(() => site.storedUploads("tus"))
    .toMatchObject([{ sizeBytes: 2_000_000, isComplete: true }]);
  await expect
    .poll(() => page.evaluate(() => uppyApp.completions))
    .toEqual([expect.stringMatching(/^b.png 20/)]);
  await page.reload();
  await showUppy(page, options);
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
  expect(await rowsOf(page)).toEqual([]);
});

test("cancelling all cancels the uploads of this Uppy, and no other task of the session", async ({
  browserApp,
  site,
}) => {
  const options = { endpoint: "/tus?throttle=1MB", protocol: "tus" } as const;
  const page = await openUppy(browserApp, site.origin, options, { autoProceed: true });
  await page.evaluate(async () => {
    const session = await uppyApp.session;
    await session.uploadTask("/tus?throttle=1MB", "x".repeat(3e6), { id: "own", protocol: "tus" }).resume();
    uppyApp.add({ "a.png": 4_000_000, "b.png": 2_000_000 });
  });
  await expect.poll(() => percentageOf(page)).toBeGreaterThan(5);
  expect(await rowsOf(page)).toEqual(["a.png: Pause upload", "b.png: Pause upload"]);
  await press(page, '.uppy-StatusBar [aria-label="Cancel"]');
  await expect
    .poll(() => page.evaluate(async () => (await uppyApp.session).tasks().map(({ id }) => id)))
    .toEqual(["own"]);
  expect(await rowsOf(page)).toEqual([]);
  await expectNoFaults(page);
});

test("an upload that the server refused can be repeated, after a reload too", async ({
  browserApp,
  site,
}) => {
  const options = { endpoint: "/echo?status=422&times=2" };
  const page = await openUppy(browserApp, site.origin, options, { autoProceed: true });
  await page.evaluate(() => uppyApp.add({ "a.png": 300_000, "b.png": 200 }));
  const refused = (name: string) => `error ${name} The server's response has the status 422.`;
  await expect.poll(() => eventsOf(page)).toContain("complete 0 2");
  expect((await eventsOf(page)).sort()).toEqual([
    "complete 0 2",
    refused("a.png"),
    refused("b.png"),
    "start a.png,b.png",
  ]);
  expect(await rowsOf(page)).toEqual(["a.png: Retry upload", "b.png: Retry upload"]);
  await press(page, ".uppy-Dashboard-Item-progressIndicator");
  await expect.poll(() => eventsOf(page)).toContain("success a.png 200 300000");
  await expect.poll(() => page.evaluate(() => uppyApp.completions.length)).toBe(3);
  await page.reload();
  await showUppy(page, options);
  await expect.poll(() => rowsOf(page)).toEqual(["b.png: Retry upload"]);
  await expect.poll(() => eventsOf(page)).toEqual([refused("b.png"), "complete 0 1"]);
  await press(page, ".uppy-StatusBar-actionBtn--retry");
  await expect.poll(() => eventsOf(page)).toContain("complete 1 0");
  expect(await eventsOf(page)).toContain("success b.png 200 200");
  expect(site.requests("/echo").map(({ status }) => status)).toEqual([422, 422, 200, 200]);
  await expectNoFaults(page);
});

test("two Uppys of one session show their own files, each at its endpoint", async ({ browserApp, site }) => {
  const photos = await openUppy(browserApp, site.origin, { endpoint: "/tus?throttle=1MB", protocol: "tus" });
  await photos.evaluate(() => {
    uppyApp.add({ "a.png": 3_000_000 });
    void uppyApp.uppy.upload();
  });
  await expect.poll(() => percentageOf(photos)).toBeGreaterThan(5);
  const videos = await openUppy(browserApp, site.origin, { endpoint: "/echo" }, { id: "videos" });
  await videos.evaluate(() => {
    uppyApp.add({ "v.png": 3_000 });
    void uppyApp.uppy.upload();
  });
  await expect
    .poll(() => eventsOf(videos))
    .toEqual(["start v.png", "success v.png 200 3000", "complete 1 0"]);
  expect(await rowsOf(videos)).toEqual(["v.png: complete"]);
  await expect.poll(() => eventsOf(photos)).toContain("complete 1 0");
  expect(await rowsOf(photos)).toEqual(["a.png: complete"]);
  expect(await videos.evaluate(() => uppyApp.completions)).toEqual([]);
});

test("two Uppys of one id in a page show the same uploads, and the later one calls completion", async ({
  browserApp,
  site,
}) => {
  const options = { endpoint: "/tus?throttle=1MB", protocol: "tus" } as const;
  const page = await openUppy(browserApp, site.origin, options, { autoProceed: true });
  await page.evaluate(() => void Object.assign(globalThis, { first: { ...uppyApp } }));
  await showUppy(page, options, { autoProceed: true });
  const successes = () =>
    page.evaluate(() => {
      const { first } = globalThis as never as { first: typeof uppyApp };
      return [first, uppyApp].map(
        ({ events }) => events.filter((event) => event.startsWith("success")).length,
      );
    });
  const completions = () => page.evaluate(() => uppyApp.completions.map((it) => it.split(" ")[0]));
  await page.evaluate(() => uppyApp.add({ "a.png": 2_000_000 }));
  await expect.poll(successes).toEqual([1, 1]);
  await page.evaluate(() => {
    const { first } = globalThis as never as { first: typeof uppyApp };
    first.uppy.addFile({ name: "b.png", data: new File([new Uint8Array(2_000_000)], "b.png") });
  });
  await expect.poll(successes).toEqual([2, 2]);
  await expect.poll(completions).toEqual(["a.png", "b.png"]);

  await page.evaluate(() => {
    const { first } = globalThis as never as { first: typeof uppyApp };
    uppyApp.uppy.destroy();
    first.uppy.addFile({ name: "c.png", data: new File([new Uint8Array(2_000)], "c.png") });
  });
  await expect.poll(successes).toEqual([3, 2]);
  expect(await completions()).toEqual(["a.png", "b.png"]);
  // Its result waits for the next one.
  await showUppy(page, options);
  await expect.poll(completions).toEqual(["a.png", "b.png", "c.png"]);
  await expectNoFaults(page);
});

test("a second tab shows the same uploads, controls them, and sees them end", async ({
  browserApp,
  site,
}) => {
  const options = { endpoint: "/tus?throttle=1MB", protocol: "tus" } as const;
  const owner = await openUppy(browserApp, site.origin, options, { autoProceed: true });
  await owner.evaluate(() => uppyApp.add({ "a.png": 5_000_000 }));
  await expect.poll(() => percentageOf(owner)).toBeGreaterThan(5);
  await press(owner, ".uppy-Dashboard-Item-progressIndicator");
  const observer = await openUppy(browserApp, site.origin, options, { autoProceed: true });
  await expect.poll(() => rowsOf(observer)).toEqual(["a.png: Resume upload"]);
  await press(observer, ".uppy-Dashboard-Item-progressIndicator");
  await expect.poll(() => rowsOf(owner)).toEqual(["a.png: Pause upload"]);
  await observer.evaluate(() => uppyApp.add({ "b.png": 500_000 }));
  for (const page of [owner, observer]) {
    await expect.poll(() => rowsOf(page)).toEqual(["a.png: complete", "b.png: complete"]);
    const events = (await eventsOf(page)).filter((event) => event.startsWith("success"));
    expect(events.map((event) => event.split(" ")[1]).sort()).toEqual(["a.png", "b.png"]);
    await expectNoFaults(page);
  }
  await expect.poll(() => owner.evaluate(() => uppyApp.completions.length)).toBe(2);
  expect(await observer.evaluate(() => uppyApp.completions)).toEqual([]);
});

/** Opens two tabs. The server refuses an upload once, and the second tab repeats it. */
async function openRepeating(
  browser: TestBrowser,
  site: TestServer,
): Promise<[owner: TestPage, observer: TestPage]> {
  const options = { endpoint: "/echo?status=422&times=1" };
  const owner = await openUppy(browser, site.origin, options, { autoProceed: true });
  const observer = await openUppy(browser, site.origin, options, { autoProceed: true });
  // At once, while the owner stores what is to be repeated.
  await observer.evaluate(() => {
    uppyApp.uppy.on("upload-error", (file) => void uppyApp.uppy.retryUpload(file?.id ?? ""));
  });
  return [owner, observer];
}

test("an upload that one tab repeats or cancels is repeated or removed in the other tab", async ({
  browserApp,
  site,
}) => {
  const [owner, observer] = await openRepeating(browserApp, site);
  await owner.evaluate(() => uppyApp.add({ "a.png": 30_000 }));
  for (const page of [owner, observer])
    await expect.poll(() => eventsOf(page)).toContain("success a.png 200 30000");
  expect(site.requests("/echo").map(({ status }) => status)).toEqual([422, 200]);
  await observer.evaluate(() => {
    uppyApp.uppy.cancelAll();
    uppyApp.show({ endpoint: "/tus?throttle=1MB", protocol: "tus" }, { autoProceed: true });
    uppyApp.add({ "b.png": 12_000_000 });
  });
  await expect.poll(() => rowsOf(owner)).toEqual(["a.png: complete", "b.png: Pause upload"]);
  await press(observer, ".uppy-Dashboard-Item-action--remove");
  await expect.poll(() => rowsOf(owner)).toEqual(["a.png: complete"]);
  for (const page of [owner, observer]) await expectNoFaults(page);
});

test("an upload that another tab repeats is complete, also if it ends before this tab sees it run", async ({
  browserApp,
  site,
}) => {
  const [owner, observer] = await openRepeating(browserApp, site);
  // The owner's session has no frame to show its tasks in, as if its tab were hidden and throttled.
  await owner.evaluate(async () => {
    await uppyApp.session;
    const later = setTimeout;
    const held: (() => void)[] = [];
    const hold = (action: () => void) => void held.push(action);
    Object.assign(globalThis, {
      requestAnimationFrame: hold,
      setTimeout: (action: () => void, ms = 0) => (ms < 1_000 ? later(action, ms) : hold(action)),
      goOn: () => {
        for (const action of held.splice(0)) action();
      },
    });
    uppyApp.add({ "a.png": 30_000 });
  });
  await expect.poll(() => eventsOf(observer)).toContain("success a.png 200 30000");
  await expect.poll(() => owner.evaluate(() => uppyApp.completions)).toEqual(["a.png 422", "a.png 200"]);
  await owner.evaluate(() => (globalThis as never as { goOn(): void }).goOn());
  for (const page of [owner, observer]) {
    await expect.poll(() => rowsOf(page)).toEqual(["a.png: complete"]);
    expect(await eventsOf(page)).toContain("success a.png 200 30000");
    await expectNoFaults(page);
  }
  expect(await owner.evaluate(() => uppyApp.steps)).toEqual([
    "before a.png",
    "after a.png 422",
    "before a.png 422",
    "after a.png 200",
  ]);
  expect(site.requests("/echo").map(({ status }) => status)).toEqual([422, 200]);
});

test("a session that is given by its name is opened with the worker of the page", async ({
  browserApp,
  site,
}) => {
  const page = await openUppy(browserApp, site.origin, { endpoint: "/echo" });
  await page.evaluate(async () => {
    await uppyApp.session;
    uppyApp.show({ session: "named", endpoint: "/echo" }, { autoProceed: true });
    uppyApp.add({ "a.png": 10 });
  });
  await expect.poll(() => eventsOf(page)).toEqual(["start a.png", "success a.png 200 10", "complete 1 0"]);
  const isOpen = await page.evaluate(() => uppyApp.BackgroundSession.current("named") !== undefined);
  expect(isOpen).toBe(true);
  await expectNoFaults(page);
});

test("a form has the allowed meta fields and the file, and its progress ends at the file's size", async ({
  browserApp,
  site,
}) => {
  const options = { endpoint: "/echo", formData: true, fieldName: "photo", allowedMetaFields: ["album"] };
  const page = await openUppy(browserApp, site.origin, options, { autoProceed: true });
  await page.evaluate(() => uppyApp.add({ "a.png": 10 }, { album: "Summer", secret: 1 }));
  await expect.poll(() => eventsOf(page)).toContain("complete 1 0");
  const [file] = await page.evaluate(() =>
    uppyApp.uppy.getFiles().map(({ progress, response }) => ({ progress, text: response?.body?.bodyText })),
  );
  expect(file?.progress).toMatchObject({ bytesUploaded: 10, bytesTotal: 10, percentage: 100 });
  expect(file?.text).toMatch(
    /name="album"\r\n\r\nSummer\r\n.*name="photo"; filename="a.png"\r\nContent-Type: image\/png/s,
  );
  expect(file?.text).not.toContain("secret");
});

test("what a task does not accept is an error of the file that says so", async ({ browserApp, site }) => {
  const options = { endpoint: "ftp://example.com/" };
  const page = await openUppy(browserApp, site.origin, options, { autoProceed: true });
  await page.evaluate(() => uppyApp.add({ "a.png": 10 }));
  const failed = [expect.stringMatching(/^error a.png .*ftp/), "complete 0 1"];
  await expect.poll(() => eventsOf(page)).toEqual(["start a.png", ...failed]);
  await press(page, ".uppy-StatusBar-actionBtn--retry");
  await expect.poll(() => eventsOf(page)).toEqual(["start a.png", ...failed, "start a.png", ...failed]);
  await expectNoFaults(page);
});

test("a file of a provider is an error that says what to do, and the others are uploaded", async ({
  browserApp,
  site,
}) => {
  const page = await openUppy(browserApp, site.origin, { endpoint: "/echo" });
  await page.evaluate(() => {
    const remote = { companionUrl: "/", url: "/", body: {}, provider: "drive", requestClientId: "drive" };
    const file = { name: "r.png", type: "image/png", source: "GoogleDrive", isRemote: true as const };
    uppyApp.uppy.addFile({ ...file, data: { size: 5 }, ...{ remote } });
    uppyApp.add({ "a.png": 10 });
    void uppyApp.uppy.upload();
  });
  await expect.poll(() => eventsOf(page)).toContain("complete 1 1");
  const [, ...rest] = await eventsOf(page);
  expect(rest.sort()).toEqual([
    "complete 1 1",
    expect.stringMatching(/^error r.png .*with GoogleDrive.*@uppy\/tus/),
    "success a.png 200 10",
  ]);
  await expectNoFaults(page);
});

test("Dashboard shows how many files are done, and no time, if each file is one request", async ({
  browserApp,
  site,
}) => {
  const page = await openUppy(browserApp, site.origin, { endpoint: "/echo?latency=1000" });
  await page.evaluate(() => uppyApp.add({ "a.png": 10, "b.png": 20 }));
  await press(page, UPLOAD);
  const detailsOf = () =>
    page.evaluate(() => document.querySelector(".uppy-StatusBar-statusSecondary")?.textContent);
  await expect.poll(detailsOf).toBe("0 of 2 files uploaded");
  await expect.poll(() => eventsOf(page)).toContain("complete 2 0");
});

test("pausing all and resuming all concerns each upload", async ({ browserApp, site }) => {
  const options = { endpoint: "/tus?throttle=1MB", protocol: "tus" } as const;
  const page = await openUppy(browserApp, site.origin, options, { autoProceed: true });
  await page.evaluate(() => uppyApp.add({ "a.png": 2_000_000, "b.png": 2_000_000 }));
  await expect.poll(() => percentageOf(page)).toBeGreaterThan(5);
  const states = () => page.evaluate(async () => (await uppyApp.session).tasks().map((task) => task.state));
  await page.evaluate(() => uppyApp.uppy.pauseAll());
  await expect.poll(states).toEqual(["suspended", "suspended"]);
  await page.evaluate(() => uppyApp.uppy.resumeAll());
  await expect.poll(() => eventsOf(page)).toContain("complete 2 0");
  await expectNoFaults(page);
});

test("resuming all repeats what has failed, whose error Uppy takes away", async ({ browserApp, site }) => {
  const options = { endpoint: "/echo?status=422&times=2" };
  const page = await openUppy(browserApp, site.origin, options, { autoProceed: true });
  await page.evaluate(() => uppyApp.add({ "a.png": 30, "b.png": 40 }));
  await expect.poll(() => eventsOf(page)).toContain("complete 0 2");
  await page.evaluate(() => uppyApp.uppy.resumeAll());
  await expect.poll(() => rowsOf(page)).toEqual(["a.png: complete", "b.png: complete"]);
  expect(site.requests("/echo").map(({ status }) => status)).toEqual([422, 422, 200, 200]);
  await expectNoFaults(page);
});
