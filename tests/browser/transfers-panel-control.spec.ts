import { expect, openPanel, openPanelPage, test } from "../support/panel-page.ts";

test("Resume undoes all suspensions of the page, of the task and of its group", async ({
  browserApp,
  site,
}) => {
  const page = await openPanelPage(browserApp, site);
  const states = () => page.evaluate(() => panelSession.tasks().map(({ state }) => state));
  await page.evaluate(async () => {
    const task = panelSession.downloadTask("/files/4MB.bin?throttle=100KB", { group: "Album" });
    await task.resume();
    await panelSession.group("Album").suspend();
    await task.suspend();
  });
  expect(await states()).toEqual(["suspended"]);
  for (const button of ["[data-action=resume]", "[data-all=resume]"]) {
    await page.waitForFunction((button) => {
      const root = document.querySelector("background-transfers")?.shadowRoot;
      const found = root?.querySelector<HTMLElement>(button);
      if (!found || found.hidden) return false;
      found.click();
      return true;
    }, button);
    await expect.poll(states).toEqual(["running"]);
    await page.evaluate(async () => {
      const [task] = panelSession.tasks();
      for (let time = 1; time <= 3; time += 1) await task?.suspend();
    });
    expect(await states()).toEqual(["suspended"]);
  }
});

test("Try now tells the daemon at once that the task is to run, so that a page that goes leaves it running", async ({
  browserApp,
  site,
}) => {
  const page = await openPanelPage(browserApp, site);
  await page.evaluate(() =>
    panelSession
      .downloadTask("/files/100KB.bin?status=503&times=1&retryAfter=3000", { description: "Busy.mp3" })
      .resume(),
  );
  await page.waitForFunction(() => panelSession.tasks()[0]?.activity === "backing-off");
  // Nothing that happens later in the page counts.
  const state = await page.evaluate(() => {
    const root = document.querySelector("background-transfers")?.shadowRoot;
    root?.querySelector<HTMLElement>("[data-action=now]")?.click();
    return panelSession.tasks()[0]?.state;
  });
  expect(state).toBe("running");
  await page.close();
  const next = await openPanelPage(browserApp, site);
  await expect
    .poll(() =>
      next.evaluate(() => {
        const root = document.querySelector("background-transfers")?.shadowRoot;
        return root?.querySelector(".sentence")?.textContent;
      }),
    )
    .toMatch(/^(Downloaded|The server cannot do it now)/);
});

test("a button that has the focus has the same name and description while the figures of its row change", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const page = await openPanel(browserApp, site);
  await page.evaluate(() => {
    void panelSession.downloadTask("/files/8MB.bin?throttle=400KB", { description: "Long.mp3" }).resume();
    void panelSession
      .downloadTask("/files/1MB.bin?status=503&retryAfter=40", { description: "Busy.mp3" })
      .resume();
  });
  const described = {
    "Pause Long.mp3": "Pause",
    "Cancel Long.mp3": "Cancel",
    "Try now Busy.mp3": "Try now · The server cannot do it now.",
  };
  for (const [name, description] of Object.entries(described)) {
    const button = page.getByRole("button", { name, exact: true });
    const status = page
      .getByRole("listitem")
      .filter({ hasText: name.split(" ").at(-1) ?? "" })
      .locator(".status");
    await button.focus();
    const text = () => status.evaluate((one: Element) => one.textContent ?? "");
    let before = await text();
    for (let tick = 1; tick <= 4; tick += 1) {
      await expect(status).not.toHaveText(before);
      before = await text();
      await expect(button).toBeFocused();
      await expect(button).toHaveAccessibleDescription(description);
    }
  }
});

test("keys with a modifier are left to the browser", async ({ browserApp, site }) => {
  const page = await openPanelPage(browserApp, site);
  await page.evaluate(() => {
    for (const description of ["A", "B"]) panelSession.downloadTask("/files/1MB.bin", { description });
  });
  await page.waitForFunction(
    () => document.querySelector("background-transfers")?.shadowRoot?.querySelectorAll(".row").length === 2,
  );
  const left = await page.evaluate(() => {
    const root = document.querySelector("background-transfers")?.shadowRoot;
    root?.querySelector<HTMLElement>("[data-action=cancel]")?.focus();
    const isLeft = (key: string, modifier?: string) => {
      const init = { key, bubbles: true, cancelable: true, composed: true };
      const event = new KeyboardEvent(
        "keydown",
        modifier === undefined ? init : { ...init, [modifier]: true },
      );
      return root?.activeElement?.dispatchEvent(event);
    };
    const modified = ["ctrlKey", "altKey", "metaKey", "shiftKey"].flatMap((modifier) =>
      ["Home", "End", "ArrowUp", "ArrowDown", "PageDown"].map((key) => isLeft(key, modifier)),
    );
    return { modified: modified.every(Boolean), alone: isLeft("ArrowDown") };
  });
  expect(left).toEqual({ modified: true, alone: false });
});
