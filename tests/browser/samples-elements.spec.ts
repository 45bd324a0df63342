import { expect, test } from "../support/fixtures.ts";
import { Guide } from "../support/guide.ts";
import type { TestPage } from "../support/test-browser.ts";

// The samples that show something in the page, as they are printed: the elements, the frameworks and Uppy.

const SLOW = "/files/10MB.bin?throttle=1MB";

/** What an element shows. */
const textOf = (page: TestPage, selector: string) =>
  page.evaluate((selector) => {
    const element = document.querySelector(selector);
    return (element?.shadowRoot ?? element)?.textContent ?? "";
  }, selector);

const rows = (page: TestPage) =>
  page.evaluate(() =>
    Array.from(document.querySelectorAll("li"), (row) => row.textContent?.replaceAll(/\s+/g, " ").trim()),
  );

/** Presses the first button with this text. */
const press = (page: TestPage, text: string) =>
  page.evaluate((text) => {
    const button = [...document.querySelectorAll("button")].find((it) => it.textContent?.trim() === text);
    button?.click();
    return button !== undefined;
  }, text);

function startSlow(page: TestPage, name: string): Promise<void> {
  return page.evaluate(
    async ([name, url]) => {
      await BackgroundSession.current(name)?.downloadTask(url, { description: "Episode 42" }).resume();
    },
    [name, SLOW] as const,
  );
}

test("two lines of the README add the panel of a session to a page", async ({ browserApp, site }) => {
  const guide = await Guide.open(browserApp, site, "../README.md");
  await guide.goOn('session: "podcasts" }));');
  await guide.page.evaluate(() => around.open("podcasts"));
  await startSlow(guide.page, "podcasts");
  await expect.poll(() => textOf(guide.page, "background-transfers")).toContain("Episode 42");
});

test("the samples of the page on the panel", async ({ browserApp, site }) => {
  const guide = await Guide.open(browserApp, site, "panel.md");
  const { page } = guide;
  const name = "com.example.podcasts";
  const panel = () => textOf(page, "background-transfers");

  await test.step("the first lines show the transfers of a session that they open", async () => {
    await guide.run("delegate: {}");
    await startSlow(page, name);
    await expect.poll(panel).toContain("Episode 42");
  });

  await test.step("an action that the listener prevents does not happen", async () => {
    await guide.goOn('"transfer-action", (event)');
    const answered = await page.evaluate(async (name) => {
      const asked: string[] = [];
      globalThis.confirm = (question) => asked.push(question ?? "") > 1;
      const cancel = async (): Promise<number> => {
        document
          .querySelector("background-transfers")
          ?.shadowRoot?.querySelector<HTMLElement>(
            "[role=list] [data-action=cancel], .list [data-action=cancel]",
          )
          ?.click();
        await new Promise((resolve) => setTimeout(resolve, 300));
        return BackgroundSession.current(name)?.tasks().length ?? -1;
      };
      return [await cancel(), await cancel(), ...asked];
    }, name);
    expect(answered).toEqual([1, 0, "Cancel 1?", "Cancel 1?"]);
  });

  await test.step("other words are shown", async () => {
    await guide.goOn('addMessages("en"');
    await page.evaluate(() => {
      document.querySelector("background-transfers")?.remove();
      document.body.append(document.createElement("background-transfers"));
    });
    await expect.poll(panel).toContain("Downloads");
  });

  await test.step("a component in React has it, and tells its actions", async () => {
    await guide.run("export const Panel");
    await page.evaluate(async (name) => {
      document.querySelector("background-transfers")?.remove();
      await around.show("react", it.Panel);
      await around.open(name);
    }, name);
    await startSlow(page, name);
    await expect.poll(panel).toContain("Episode 42");
    await page.evaluate(() =>
      document
        .querySelector("background-transfers")
        ?.shadowRoot?.querySelector<HTMLElement>(
          "[role=list] [data-action=cancel], .list [data-action=cancel]",
        )
        ?.click(),
    );
    await expect.poll(() => guide.calls("console.log")).toEqual([["console.log", "cancel"]]);
  });
});

test("the samples of the page on the inspector", async ({ browserApp, site }) => {
  const guide = await Guide.open(browserApp, site, "inspector.md");
  const { page } = guide;
  await guide.openSession();
  await page.evaluate(() =>
    session.downloadTask("/text?body=a", { id: "waits", description: "Episode 42" }).suspend(),
  );
  const sentence = "It is suspended";
  await guide.goOn('document.createElement("background-inspector")');
  await expect.poll(() => textOf(page, "background-inspector")).toContain(sentence);
  await guide.goOn("await inspect();");
  expect(await guide.calls("console.log")).toEqual([
    ["console.log", "waits", expect.stringContaining(sentence)],
  ]);
});

test("the samples of the page on frameworks", async ({ browserApp, site }) => {
  const guide = await Guide.open(browserApp, site, "frameworks.md", { adapted: { "/episode.mp3": SLOW } });
  const { page } = guide;

  await test.step("React: a button starts a download, and its row pauses it", async () => {
    await guide.run("// main.tsx");
    await page.waitForFunction(() => document.querySelector("button")?.disabled === false);
    await press(page, "Download");
    await expect.poll(() => rows(page)).toHaveLength(1);
    expect((await rows(page))[0]).toMatch(/^Episode 42 Pause$/);
    await press(page, "Pause");
    await expect.poll(async () => (await rows(page))[0]).toMatch(/Resume$/);
  });
});

test("the samples for Vue, Svelte and no framework", async ({ browserApp, site }) => {
  const guide = await Guide.open(browserApp, site, "frameworks.md");
  const { page } = guide;
  const name = "com.example.podcasts";

  await test.step("Vue", async () => {
    await page.evaluate(() => void Object.assign(globalThis, { podcasts: {} }));
    await guide.run('v-for="info in snapshot?.tasks"');
    await page.evaluate(() => around.show("vue", it.default));
    await page.waitForFunction((name) => BackgroundSession.current(name) !== undefined, name);
    await startSlow(page, name);
    await expect.poll(() => rows(page)).toEqual(["Episode 42 Pause"]);
    await press(page, "Pause");
    const states = () =>
      page.evaluate(
        (name) =>
          BackgroundSession.current(name)
            ?.tasks()
            .map(({ state }) => state),
        name,
      );
    await expect.poll(states).toEqual(["suspended"]);
  });

  await test.step("Svelte", async () => {
    await guide.openSession();
    await guide.goOn("<p>{$album.tasks.length} tasks</p>");
    await page.evaluate(() => around.show("svelte", it.default));
    await page.evaluate((url) => session.downloadTask(url, { group: "album 7" }).resume(), SLOW);
    await expect.poll(() => textOf(page, "p")).toBe("1 tasks");
    await press(page, "Pause");
    await expect
      .poll(() => page.evaluate(() => session.tasks().map(({ state }) => state)))
      .toEqual(["suspended"]);
  });

  await test.step("no framework", async () => {
    await guide.openSession();
    await guide.goOn("list.replaceChildren");
    await startSlow(page, "test");
    await expect.poll(() => rows(page)).toEqual([expect.stringMatching(/^Episode 42: transferring, \d+ %$/)]);
  });
});
