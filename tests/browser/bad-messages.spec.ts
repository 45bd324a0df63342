import fc from "fast-check";
import { parseCommand } from "../../src/protocol/commands.ts";
import { dumpDatabase } from "../support/database-dump.ts";
import { expect, test } from "../support/fixtures.ts";
import { SEED } from "../support/fuzz.ts";
import { anySpoiltCommand } from "../support/hostile-message.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

/** Invalid commands, made in the page. */
function badCommands(): unknown[] {
  const cyclic: Record<string, unknown> = { type: "control" };
  cyclic.self = cyclic;
  const control = { type: "control", session: "test", key: "k", action: "cancel" };
  return [
    ...[undefined, null, true, 0, Number.NaN, 1n, "", "hello", [], {}, new Date(), /x/, new Map(), new Set()],
    ...[new Blob(["x"]), new Uint8Array(8), new ArrayBuffer(8), new Error("x"), new ImageData(1, 1), cyclic],
    ...["constructor", "toString", "__proto__", "hasOwnProperty", "unknown", "", 7, null, {}, []].map(
      (type) => ({ ...control, type }),
    ),
    ...["", "x".repeat(257), 7, null, {}, ["test"]].map((session) => ({ ...control, session })),
    ...["", "x".repeat(1025), 7, null, {}, ["k"], new Uint8Array(1)].map((key) => ({ ...control, key })),
    ...["", "finish", "delete", 7, null, {}].map((action) => ({ ...control, action })),
    ...[-1, 1.1, Number.NaN, "1", null, {}].map((priority) => ({ ...control, type: "prioritize", priority })),
    ...[null, "k", {}, [1], [""], [null], Array(100_001).fill("k")].map((keys) => ({
      type: "inserted",
      session: "test",
      keys,
    })),
    ...[undefined, 1, {}, { min: 1 }, { min: "1", max: 1 }, { min: 1, max: Number.NaN }].map((versions) => ({
      type: "hello",
      versions,
    })),
    { type: "hello", versions: { min: 1, max: 1 }, session: 7 },
    { type: "configured" },
    { type: "delete-session" },
    { type: "delete-session", session: "" },
    { type: "delete-session", session: { length: 4 } },
    { type: "presence" },
    { type: "presence", isVisible: 1, hasNetworkReturned: "yes", isLeaving: false, owns: [] },
    { type: "presence", isVisible: true, hasNetworkReturned: true, isLeaving: 0, owns: [] },
    { type: "presence", isVisible: true, hasNetworkReturned: true, isLeaving: true, owns: "test" },
    { type: "presence", isVisible: true, hasNetworkReturned: true, isLeaving: true, owns: [""] },
  ];
}

/** Sends each command with its own port. @returns the answers */
function answersTo(page: TestPage, make: () => unknown[]): Promise<unknown[]> {
  return page.evaluate(`(async () => {
    const { active } = await navigator.serviceWorker.getRegistration("/");
    return Promise.all((${make})().map((command) => new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => resolve(data);
      active.postMessage({ backgroundSession: "command", command }, [port2]);
    })));
  })()`);
}

test.beforeEach(async ({ page }) => {
  await page.evaluate(async () => {
    const session = await app.open();
    session.downloadTask("/files/2MB.bin", { id: "suspended" });
    await session.downloadTask("/files/2MB.bin?stall=1KB", { id: "stalled" }).resume();
  });
  await expect
    .poll(async () => (await dumpDatabase(page)).parts, { intervals: [100] })
    .toContain('"sizeBytes":1000');
});

async function expectDaemonAtWork(page: TestPage, sha256: string): Promise<void> {
  await startDownload(page, "good", "/files/100KB.bin");
  await expectFile(page, "good", sha256);
  const states = await page.evaluate(() =>
    app.BackgroundSession.current("test")
      ?.tasks()
      .map(({ id, state }) => `${id} ${state}`),
  );
  expect(states).toEqual(["suspended suspended", "stalled running"]);
  // A browser whose worker has an open request is slow to close.
  await page.evaluate(() => app.BackgroundSession.current("test")?.task("stalled")?.cancel());
}

test("a malformed command is answered with an error and changes nothing", async ({ page, site }) => {
  const before = await dumpDatabase(page);
  const answers = await answersTo(page, badCommands);
  expect(answers.length).toBeGreaterThan(60);
  for (const answer of answers) {
    expect(answer).toEqual({ isOk: false, code: "bad-message", message: expect.stringMatching(/command/) });
  }
  expect(await dumpDatabase(page)).toEqual(before);
  await expectDaemonAtWork(page, await site.sha256("/files/100KB.bin"));
});

/** Arguments reach the page as JSON, which can express less than a structured clone; the rest is left out. */
function asText(command: unknown): string[] {
  try {
    return [JSON.stringify(command) ?? "null"];
  } catch {
    return [];
  }
}

test("two thousand invalid commands change nothing", async ({ page, site }) => {
  test.slow();
  const before = await dumpDatabase(page);
  const names = { sessions: ["test", "none", "__proto__"], keys: ["suspended", "stalled", "none"] };
  const samples = fc.sample(anySpoiltCommand(names), { numRuns: 7_500, seed: SEED });
  const nonsense = samples
    .flatMap(asText)
    .filter((text) => text.length < 4_000 && typeof parseCommand(JSON.parse(text)) === "string")
    .slice(0, 2_000);
  expect(nonsense).toHaveLength(2_000);
  const answers = await page.evaluate(async (all) => {
    const active = (await navigator.serviceWorker.getRegistration("/"))?.active;
    return Promise.all(
      all.map(
        (text) =>
          new Promise<unknown>((resolve) => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = ({ data }) => resolve(data);
            active?.postMessage({ backgroundSession: "command", command: JSON.parse(text) }, [port2]);
          }),
      ),
    );
  }, nonsense);
  expect(new Set(answers.map((answer) => JSON.stringify(answer).slice(0, 34)))).toEqual(
    new Set(['{"isOk":false,"code":"bad-message"']),
  );
  expect(await dumpDatabase(page)).toEqual(before);
  await expectDaemonAtWork(page, await site.sha256("/files/100KB.bin"));
});

test("a command about a session or task that does not exist changes nothing", async ({ page, site }) => {
  const before = await dumpDatabase(page);
  await answersTo(page, () => [
    { type: "control", session: "test", key: "none", action: "cancel" },
    { type: "control", session: "none", key: "none", action: "resume" },
    { type: "prioritize", session: "none", key: "none", priority: 1 },
    { type: "inserted", session: "none", keys: ["none", "__proto__"] },
    { type: "inserted", session: "test", keys: [] },
    { type: "configured", session: "none" },
    { type: "delete-session", session: "none" },
    { type: "delete-session", session: "__proto__" },
    { type: "hello", versions: { min: -5, max: 1e9 }, session: "none" },
    { type: "presence", isVisible: true, hasNetworkReturned: true, isLeaving: true, owns: ["test", "none"] },
  ]);
  expect(await dumpDatabase(page)).toEqual(before);
  await expectDaemonAtWork(page, await site.sha256("/files/100KB.bin"));
});

test("a service worker ignores every broadcast except that a page is leaving, and checks that one", async ({
  page,
  site,
}) => {
  const before = await dumpDatabase(page);
  await page.evaluate(`(async () => {
    const channel = new BroadcastChannel("background-session:/#commands");
    const key = (await app.rows("tasks")).find(({ id }) => id === "stalled").key;
    const task = { session: "test", key, start: 0, reason: "page-leaving" };
    const started = { type: "fetch-started", id: "background-session:1", tasks: [task] };
    const ours = [
      { type: "control", session: "test", key, action: "cancel" },
      { type: "delete-session", session: "test" },
      { ...started, tasks: [{ ...task, start: -1 }] },
      { ...started, id: "the app's own" },
    ];
    for (const command of [...(${badCommands})(), ...ours])
      channel.postMessage({ backgroundSession: "command", command, page: "p" });
    for (const page of [undefined, null, 7, "", {}, "x".repeat(2_000)])
      channel.postMessage({ backgroundSession: "command", command: started, page });
    for (const message of [undefined, null, 0, "command", [], new Map(), { backgroundSession: "command" }])
      channel.postMessage(message);
    channel.close();
  })()`);
  // A broadcast and a posted message travel on different channels, so it may arrive a moment later.
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await dumpDatabase(page)).toEqual(before);
  await expectDaemonAtWork(page, await site.sha256("/files/100KB.bin"));
});

test("messages that are not commands, and odd ports, do not disturb the daemon", async ({ page, site }) => {
  const before = await dumpDatabase(page);
  await page.evaluate(async () => {
    const active = (await navigator.serviceWorker.getRegistration("/"))?.active;
    const messages: unknown[] = [undefined, null, 0, "command", [], {}, new Map(), new Blob(["x"])];
    messages.push(
      { backgroundSession: "other" },
      { backgroundSession: ["command"] },
      { type: "SKIP_WAITING" },
    );
    messages.push({ backgroundSession: "are-you-there" }, { backgroundSession: "command" });
    for (const message of messages) {
      const { port2 } = new MessageChannel();
      const { port1: first, port2: second } = new MessageChannel();
      active?.postMessage(message);
      active?.postMessage(message, [port2]);
      active?.postMessage(message, [first, second]);
    }
    const closed = new MessageChannel();
    closed.port1.close();
    active?.postMessage({ backgroundSession: "command", command: { type: "no" } }, [closed.port2]);
  });
  await answersTo(page, () => [{ type: "no" }]);
  expect(await dumpDatabase(page)).toEqual(before);
  await expectDaemonAtWork(page, await site.sha256("/files/100KB.bin"));
});

test("garbage on the notices channel does not stop the page", async ({ page, site }) => {
  await page.evaluate(() => {
    const channel = new BroadcastChannel("background-session:/");
    for (const garbage of [undefined, null, 0, "tasks", [], {}, { type: "tasks" }, { type: 7 }]) {
      channel.postMessage(garbage);
    }
    for (const type of ["tasks", "resumed", "events", "unknown"]) {
      channel.postMessage({ type, session: "test", tasks: null, key: {} });
    }
    channel.close();
  });
  await expectDaemonAtWork(page, await site.sha256("/files/100KB.bin"));
  expect(await page.evaluate(() => app.reported)).toEqual([]);
});
