import { inspectionChannelOf } from "../../src/protocol/inspection.ts";
import { namesOf } from "../../src/protocol/names.ts";
import { expect, test } from "../support/fixtures.ts";
import type { TestPage } from "../support/test-browser.ts";

// What a user of <background-inspector> meets who looks at it for a while.

const MODULE = "/inspector/index.js";

async function show(page: TestPage): Promise<void> {
  await page.evaluate(async (path) => {
    await import(path);
    document.body.append(document.createElement("background-inspector"));
  }, MODULE);
}

/** The sentences of the list, from the top. */
function shownSentences(page: TestPage): Promise<(string | null)[]> {
  return page.evaluate(() => {
    const root = document.querySelector("background-inspector")?.shadowRoot;
    return [...(root?.querySelectorAll(".task .why") ?? [])].map(({ textContent }) => textContent);
  });
}

/** What is seen of the task "waiting" if it is opened. */
function timeline(page: TestPage): Promise<string> {
  return page.evaluate(() => {
    const root = document.querySelector("background-inspector")?.shadowRoot;
    const details = root?.querySelector<HTMLDetailsElement>('[data-task="waiting"] details');
    if (details) details.open = true;
    return [...(details?.querySelectorAll(".seen li") ?? [])]
      .map((line) => line.lastChild?.textContent)
      .join("\n");
  });
}

async function makeWaiting(page: TestPage): Promise<void> {
  await page.evaluate(async () => {
    const earliestBeginDate = new Date(Date.now() + 86_400_000);
    const session = app.BackgroundSession.current("test") ?? (await app.open());
    await session.dataTask("/files/1KB.bin", { id: "waiting", earliestBeginDate }).resume();
  });
}

test("a task that waits is the first in sight, however many have finished before it", {
  tag: "@core",
}, async ({ page }) => {
  await page.evaluate(async () => {
    const session = await app.open("test", { configuration: { keepsHistory: true } });
    const finished = Array.from({ length: 205 }, (_, number) =>
      session.dataTask("/files/1KB.bin", { id: `${number}` }),
    );
    await Promise.all(finished.map((task) => task.resume()));
    await Promise.all(finished.map(({ completed }) => completed));
  });
  await makeWaiting(page);
  await show(page);
  await expect.poll(async () => (await shownSentences(page)).length, { timeout: 30_000 }).toBe(200);
  expect((await shownSentences(page))[0]).toMatch(/^Its earliestBeginDate has not come/);
});

test("what the user selects in the timeline of a task stays selected", async ({ page }) => {
  await makeWaiting(page);
  await show(page);
  await expect.poll(() => timeline(page)).toContain("made");
  await page.evaluate(() => {
    const root = document.querySelector("background-inspector")?.shadowRoot;
    const line = root?.querySelector('[data-task="waiting"] .seen li')?.lastChild as Text;
    getSelection()?.setBaseAndExtent(line, 0, line, 4);
  });
  await page.evaluate(() => app.BackgroundSession.current("test")?.task("waiting")?.suspend());
  await expect.poll(() => timeline(page)).toMatch(/made.*suspended/s);
  expect(await page.evaluate(() => String(getSelection()))).toBe("made");
});

test("another scope while a picture is taken: nothing of the one before is seen in it", async ({ page }) => {
  await makeWaiting(page);
  await show(page);
  await expect.poll(() => timeline(page)).toContain("made");
  await page.evaluate(async () => {
    const element = document.querySelector("background-inspector") as HTMLElement & {
      refresh(): Promise<void>;
    };
    const changed = element.refresh();
    element.setAttribute("scope", "/elsewhere/");
    const again = element.refresh();
    element.setAttribute("scope", "/");
    await Promise.all([changed, again]);
    await element.refresh();
  });
  await expect.poll(() => timeline(page)).toContain("made");
  expect(await timeline(page)).not.toContain("the worker");
});

test("news from the worker while it is hidden does not make it look more often", async ({ page, site }) => {
  await makeWaiting(page);
  await show(page);
  await expect.poll(() => shownSentences(page)).toHaveLength(1);
  const looks = await page.evaluate(
    async (name) => {
      const element = document.querySelector("background-inspector") as HTMLElement;
      const listening = new Promise((resolve) => {
        const channel = new BroadcastChannel(name);
        channel.onmessage = ({ data }) => {
          if (data !== "listen") return;
          // As the worker says that it has logged a line.
          channel.postMessage(true);
          setTimeout(resolve, 50);
        };
      });
      await listening;
      let count = 0;
      element.checkVisibility = () => {
        count += 1;
        return false;
      };
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      return count;
    },
    inspectionChannelOf(namesOf(`${site.origin}/`)),
  );
  expect(looks).toBeLessThan(8);
});
