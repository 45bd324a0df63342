import type { BackgroundSession } from "../../src/app/index.ts";
import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { LAUNCH_WORKER, LaunchSteps, SYNC_TAG, startAndLeave } from "../support/launch-steps.ts";
import { rowsOnDisk } from "../support/rows-on-disk.ts";
import { countOwedEvents } from "../support/task-end.ts";

test.use({ ownBrowser: true });

// A callback that awaits the end of its own session is recognised. The order of the events shows that nothing stalls:
// if one of the library's timeouts ran out, it would be reported, and the session would go on without its
// acknowledgement.

type End = "finishTasksAndInvalidate" | "invalidateAndCancel" | "close";

const WAYS: readonly (readonly [end: End, where: "didComplete" | "handler"])[] = [
  ["finishTasksAndInvalidate", "didComplete"],
  ["finishTasksAndInvalidate", "handler"],
  ["invalidateAndCancel", "didComplete"],
  ["close", "didComplete"],
  ["close", "handler"],
];

for (const [end, where] of WAYS) {
  test(`await ${end}() in a ${where === "handler" ? "completion handler" : "delegate method"}: each event once, and then the end`, {
    ...(end === "finishTasksAndInvalidate" && where === "didComplete" && { tag: "@core" }),
  }, async ({ page }) => {
    const open = ([end, where]: readonly [End | undefined, string]) => {
      const endIn = async (place: string) => {
        const session: BackgroundSession | undefined = app.BackgroundSession.current("test");
        if (end === undefined || place !== where || session === undefined) return;
        await session[end]();
        app.news.push("ended");
      };
      return app.open("test", {
        delegate: {
          async didComplete(task) {
            app.news.push(`complete ${task.id}`);
            await endIn("didComplete");
          },
          didBecomeInvalid: (_, error) => void app.news.push(`invalid ${error?.code ?? "as wished"}`),
        },
        completionHandlers: {
          async sent(_, context) {
            app.news.push(`handler ${context}`);
            await endIn("handler");
          },
        },
      });
    };
    // Two tasks, each with two events to deliver, are on disk when the session is opened.
    await page.evaluate(async () => {
      const session = await app.BackgroundSession.open("test", { serviceWorker: "/sw.js" });
      for (const id of ["a", "b"]) {
        const task = session.dataTask("/echo", { id, completion: { handler: "sent", context: id } });
        await task.resume();
        await task.completed;
      }
      await session.close();
    });
    await page.evaluate(open, [end, where] as const);
    await expect
      .poll(() => page.evaluate(() => app.news.at(-1)), { timeout: 60_000 })
      .toBe("invalid as wished");
    const all = ["complete a", "handler a", "complete b", "handler b"];
    const first = await page.evaluate(() => app.news);
    expect(first).toContain("ended");
    if (end === "close")
      expect(first.filter((word) => word.includes(" "))).toHaveLength(where === "handler" ? 3 : 2);
    else expect(first.filter((word) => all.includes(word)).sort()).toEqual([...all].sort());

    // Delivered events are acknowledged; the next session gets the rest, and none twice.
    await page.evaluate(open, [undefined, ""] as const);
    await expect.poll(() => page.evaluate(countOwedEvents)).toBe(0);
    const news = await page.evaluate(() => app.news.filter((word) => /^(complete|handler) /.test(word)));
    expect([...news].sort()).toEqual([...all].sort());
    for (const id of ["a", "b"])
      expect(news.indexOf(`complete ${id}`)).toBeLessThan(news.indexOf(`handler ${id}`));
    expect(await page.evaluate(() => app.reported)).toEqual([]);
  });
}

const SLOW = "/files/2MB.bin?throttle=1MB";

for (const place of ["function", "delegate"] as const) {
  test(`a launch whose ${place} awaits finishTasksAndInvalidate() gets each event once and is over`, async ({
    page,
    browserApp,
    site,
  }) => {
    const steps = new LaunchSteps(site);
    const worker = `${LAUNCH_WORKER}?${place}=finishTasksAndInvalidate`;
    await startAndLeave(page, SLOW, { worker, isCompletionHandled: true });
    await steps.reached(`finishTasksAndInvalidate in the ${place}`);
    await steps.reached("invalid as it should be");
    const reader = await browserApp.open(site.origin);
    await expect.poll(() => rowsOnDisk(reader, "launches")).toEqual([]);
    expect(await rowsOnDisk(reader, "outbox")).toEqual([]);
    const events = steps.seen.filter((step) => /^(launched|file|complete|handler|finished)/.test(step));
    expect(events).toEqual([
      "launched for test",
      "file episode",
      "complete episode ok",
      "handler sent",
      "finished events",
    ]);
  });
}

test(
  "a launch whose delegate awaits close() is over, and the next launch gets the rest",
  needs("background-sync"),
  async ({ page, chromium, site }) => {
    const steps = new LaunchSteps(site);
    const worker = `${LAUNCH_WORKER}?delegate=close`;
    await startAndLeave(page, SLOW, { worker, isCompletionHandled: true });
    await steps.reached("close in the delegate");
    await steps.reached("invalid as it should be");
    const reader = await chromium.open(site.origin);
    // The call of the named handler is still to come.
    await expect.poll(() => rowsOnDisk(reader, "outbox")).toMatchObject([{ type: "completionHandler" }]);
    await reader.close();
    await expect(async () => {
      await chromium.sync(`${site.origin}/`, SYNC_TAG);
      await steps.reached("handler sent", 1, 1_000);
    }).toPass({ timeout: 60_000 });
    expect(steps.seen.filter((step) => /^(file|complete|handler)/.test(step))).toEqual([
      "file episode",
      "complete episode ok",
      "handler sent",
    ]);
  },
);

test(
  "an app that closes its session in the launch and forgets the handler is launched again at the next wake",
  needs("background-sync"),
  async ({ page, chromium, site }) => {
    const steps = new LaunchSteps(site);
    await startAndLeave(page, SLOW, { worker: `${LAUNCH_WORKER}?function=close&forgets` });
    await steps.reached("close in the function");
    // The same worker, which nobody stops: that launch did not hold it.
    await expect(async () => {
      await chromium.sync(`${site.origin}/`, SYNC_TAG);
      await steps.reached("launched for test", 2, 1_000);
    }).toPass({ timeout: 60_000 });
    const reader = await chromium.open(site.origin);
    expect(await rowsOnDisk(reader, "launches")).toHaveLength(1);
    expect(await rowsOnDisk(reader, "outbox")).toHaveLength(2);
    expect(steps.seen.filter((step) => /^(file|complete)/.test(step))).toEqual([]);
  },
);
