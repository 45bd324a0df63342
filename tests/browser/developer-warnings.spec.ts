import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "vite";
import { LIBRARY_VERSION } from "../../src/protocol/library-version.ts";
import { withDevApp } from "../support/dev-app.ts";
import { setNodeEnv } from "../support/dev-server.ts";
import { expect, test } from "../support/fixtures.ts";
import { PACKAGE, withAppCopy } from "../support/installed-package.ts";

/** What each warning says, and nothing else of the library does. */
const WARNINGS = {
  file: "The delegate's didFinishDownloading began to read a file",
  response: 'The completion handler "careless" began to read',
  late: 'The completion handler "late" began to read',
  unawaited: 'The completion handler "unawaited" began to read',
  resume: 'The task "forgotten"',
  handler: 'The completion handler "unknown" is not among',
  result: 'A result waits for the completion handler "unknown"',
  reload: "import.meta.hot?.dispose",
  another: '<background-transfers session="also unknown"> shows nothing',
  challenge: "A task waits for the delegate's didReceiveChallenge",
  session:
    '<background-transfers session="careles"> shows nothing: no session of that name is open in this page. Open are: "careless"',
};

test("a development build warns of mistakes, once each, and does nothing else differently", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  test.slow();
  await withDevApp("careless-app", { browserApp, site }, async ({ page }) => {
    await page.waitForFunction(() => "careless" in globalThis);
    const warnings = await page.evaluate(async () => {
      const warnings: string[] = [];
      const { warn } = console;
      console.warn = (text: string) => {
        warnings.push(text);
        warn(text);
      };
      const { session } = careless;
      const wanted = [
        ["download", ""],
        ["download", ""],
        ["data", "careless"],
        ["data", "careful"],
        ["data", "late"],
        ["data", "unawaited"],
        ["data", "unknown"],
      ];
      const tasks = wanted.map(([kind, handler]) => {
        const options = handler ? { completion: { handler } } : {};
        return kind === "download"
          ? session.downloadTask("/files/1KB.bin", { id: `file-${Math.random()}` })
          : session.dataTask("/echo", options);
      });
      session.dataTask("/echo", { id: "forgotten" });
      session.dataTask("/echo", { id: "forgotten as well" });
      const later = session.dataTask("/echo", { id: "resumed by its group", group: "g" });
      await Promise.all(tasks.map((task) => task.resume()));
      await session.group("g").resume();
      await Promise.all([...tasks, later].map(({ completed }) => completed));
      await careless.openAgain();
      await careless.beAsked(false);
      await careless.beAsked(true);
      while (
        !['"late"', '"unawaited"', '"forgotten"', '"careles"', '"also unknown"', "didReceiveChallenge"].every(
          (word) => warnings.join().includes(word),
        )
      )
        await new Promise((resolve) => setTimeout(resolve, 100));
      return warnings;
    });
    for (const [name, text] of Object.entries(WARNINGS))
      expect(
        warnings.filter((warning) => warning.includes(text)),
        name,
      ).toHaveLength(1);
    expect(warnings).toHaveLength(Object.keys(WARNINGS).length);
    expect(await page.evaluate(() => [careless.again, careless.ended.length])).toEqual(["session-in-use", 8]);
  });
});

test("a development build warns once if the worker has another version of the library", async ({
  browserApp,
  site,
}) => {
  test.slow();
  // A copy of sw.js that was forgotten when the package was updated.
  const script = await readFile(join(PACKAGE, "dist/sw.js"), "utf8");
  const old = script.replaceAll(LIBRARY_VERSION, "0.1.9");
  expect(old).not.toBe(script);
  site.serve("/sw.js", { body: old, type: "text/javascript" });
  await withDevApp("careless-app", { browserApp, site }, async ({ page, url }) => {
    await page.waitForFunction(() => "careless" in globalThis);
    const warnings = await page.evaluate(async () => {
      const warnings: string[] = [];
      // The page has another mistake, too.
      console.warn = (text: string) => text.includes("shows nothing") || warnings.push(text);
      await careless.session.close();
      await careless.openOther("first");
      await careless.openOther("second");
      while (warnings.length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      return warnings;
    });
    expect(warnings).toEqual([
      `background-session: The page has version ${LIBRARY_VERSION} of the library, and its worker ` +
        `${new URL("/sw.js", url)} has 0.1.9. If the worker is a copy of dist/sw.js, copy it again; if it is ` +
        "your own, build it again. Then reload the page.",
    ]);
  });
});

test("a worker that was unregistered after its session was closed is not registered again by the check of its version", async ({
  browserApp,
  site,
}) => {
  test.slow();
  await withDevApp("careless-app", { browserApp, site }, async ({ page }) => {
    await page.waitForFunction(() => "careless" in globalThis);
    const found = await page.evaluate(async () => {
      const { setTimeout } = globalThis;
      const checks: (() => void)[] = [];
      // The checks come when the test says so; open() does not register the script that is registered once more.
      globalThis.setTimeout = ((call: () => void, delay: number, ...rest: []) => {
        if (delay === 10_000) checks.push(call);
        return delay === 10_000 || delay === 1_000 ? 0 : setTimeout(call, delay, ...rest);
      }) as typeof setTimeout;
      const other = await careless.openOther("other");
      await Promise.all([careless.session, other].map((session) => session.close()));
      const container = navigator.serviceWorker;
      for (const registration of await container.getRegistrations()) await registration.unregister();
      let registered = 0;
      container.register = async () => {
        registered += 1;
        throw new Error("It is not to be registered.");
      };
      for (const check of checks) check();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return { checks: checks.length, registered };
    });
    expect(found.checks).toBeGreaterThan(0);
    expect(found.registered).toBe(0);
  });
});

test("a production build has nothing of them", async () => {
  await withAppCopy("careless-app", async (root) => {
    const restore = setNodeEnv("production");
    try {
      await build({ root, configFile: false, logLevel: "error", build: { target: "es2022" } });
      const assets = join(root, "dist/assets");
      const scripts = (await readdir(assets)).filter((name) => name.endsWith(".js"));
      const code = (await Promise.all(scripts.map((name) => readFile(join(assets, name), "utf8")))).join("");
      expect(code.includes("session-in-use")).toBe(true);
      for (const text of [
        "began to read a file",
        "ten seconds ago",
        "hot?.dispose",
        "copy it again",
        "shows nothing",
      ])
        expect(code.includes(text), text).toBe(false);
    } finally {
      restore();
    }
  });
});
