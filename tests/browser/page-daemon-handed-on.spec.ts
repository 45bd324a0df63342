import { builtFile } from "../support/built-file.ts";
import { ENGINES } from "../support/engines.ts";
import { expect } from "../support/fixtures.ts";
import { checkpoint } from "../support/rows-on-disk.ts";
import { bytesSentAgain, MOST_SENT_AGAIN_BYTES } from "../support/sent-again.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";
import { KINDS_OF_WORKER, test } from "../support/without-service-workers.ts";

const PATH = "/files/20MB.bin";

/** Marks the requests of the newer worker. */
const MARK = `
  const send = self.fetch;
  self.fetch = (given) => {
    const request = new Request(given);
    request.headers.set("x-version", "2");
    return send(request);
  };
`;

function rolesOf(pages: readonly TestPage[]): Promise<(string | undefined)[]> {
  return Promise.all(pages.map((page) => page.evaluate(() => app.BackgroundSession.current("test")?.role)));
}

for (const [name, lacks] of KINDS_OF_WORKER) {
  test.describe(`without service workers, in ${name},`, () => {
    test.use({ lacks });

    test("a page with a later protocol brings its own worker, which resumes from the checkpoint", async ({
      browserApp,
      page,
      site,
    }) => {
      await startDownload(page, "file", `${PATH}?throttle=3MB`);
      await checkpoint(page, "file");
      const javascript = { type: "text/javascript" };
      const newer = (script: string) => script.replace(/min: ?1,\s*max: ?1/, "min:1,max:2");
      const script = "background-session.js";
      site.serve(`/${script}`, { body: newer(await builtFile(script)), ...javascript });
      site.serve("/sw.js", { body: MARK + newer(await builtFile("sw.js")), ...javascript });
      const other = await browserApp.open(site.origin);
      await other.evaluate(() => app.open());
      await expectFile(page, "file", await site.sha256(PATH));
      const requests = site.requests(PATH);
      expect(requests.map(({ headers }) => headers["x-version"])).toEqual([undefined, "2"]);
      expect(bytesSentAgain(site, PATH)[0]).toBeLessThanOrEqual(MOST_SENT_AGAIN_BYTES);
      expect(await rolesOf([page, other])).toEqual(["owner", "observer"]);
    });

    test("a page with another build of the same protocol leaves the running worker alone", async ({
      browserApp,
      page,
      site,
    }) => {
      await startDownload(page, "file", `${PATH}?throttle=8MB`);
      await checkpoint(page, "file");
      site.serve("/sw.js", { body: MARK + (await builtFile("sw.js")), type: "text/javascript" });
      const other = await browserApp.open(site.origin);
      await other.evaluate(() => app.open());
      await expectFile(page, "file", await site.sha256(PATH));
      expect(site.bytesSent(PATH)).toBe(20_000_000);
    });

    test("a page in the back/forward cache hands the daemon to another page, and reattaches when it comes back", async ({
      engine,
      site,
    }) => {
      const browser = await ENGINES[engine].launch({ lacks });
      try {
        const page = await browser.open(site.origin);
        await startDownload(page, "file", `${PATH}?throttle=4MB`);
        await checkpoint(page, "file");
        const realm = await page.evaluate(() => app.realm);
        await page.goto(`${site.origin}/idb.js`);
        const other = await browser.open(site.origin);
        expect(await other.evaluate(async () => (await app.open()).role)).toBe("owner");
        await checkpoint(other, "file", 8_000_000);
        // The driver's own `goBack` waits for a page load, which never comes.
        await page.evaluate(() => history.back());
        const back = () => page.evaluate(() => globalThis.app?.realm).catch(() => undefined);
        // A shared worker keeps the lock, and the browser may evict its page from the cache if another waits for the
        // lock. Firefox caches no page that has a worker.
        const isKept = lacks.includes("shared workers") && engine !== "firefox";
        if (isKept) await expect.poll(back).toBe(realm);
        else await expect.poll(back).toBeDefined();
        await page.evaluate(async () => void (app.BackgroundSession.current("test") ?? (await app.open())));
        await expect.poll(() => rolesOf([page, other])).toEqual(["observer", "owner"]);
        await startDownload(page, "after", "/files/1MB.bin");
        await expectFile(other, "after", await site.sha256("/files/1MB.bin"));
        await other.close();
        await expectFile(page, "file", await site.sha256(PATH));
        for (const bytes of bytesSentAgain(site, PATH))
          expect(bytes).toBeLessThanOrEqual(MOST_SENT_AGAIN_BYTES);
      } finally {
        await browser.close();
      }
    });

    test("a broadcast that is not a command, or is malformed, changes nothing", async ({ page, site }) => {
      await startDownload(page, "file", `${PATH}?throttle=8MB`);
      const answers = await page.evaluate(async () => {
        const name = "background-session:/#commands";
        const channel = new BroadcastChannel(name);
        const heard: unknown[] = [];
        const reply = new BroadcastChannel(`${name}:reply`);
        reply.onmessage = ({ data }) => heard.push(data);
        const bad = [
          undefined,
          null,
          7,
          "command",
          [],
          {},
          { type: "control" },
          { type: "hello", versions: 1 },
        ];
        const asks = { backgroundSession: "command", page: "p", replyTo: "reply" };
        for (const command of bad) channel.postMessage({ ...asks, command });
        for (const odd of [7, "", null, {}, "x".repeat(2_000)]) {
          channel.postMessage({ ...asks, page: odd, command: { type: "delete-session", session: "test" } });
          channel.postMessage({ ...asks, replyTo: odd, command: { type: "presence" } });
        }
        for (const message of [
          undefined,
          null,
          0,
          "command",
          [],
          new Map(),
          { backgroundSession: "command" },
        ])
          channel.postMessage(message);
        channel.postMessage({ ...asks, command: { type: "hello", versions: { min: 1, max: 1 } } });
        while (!heard.some((answer) => (answer as { isOk: boolean }).isOk))
          await new Promise((resolve) => setTimeout(resolve, 50));
        return heard as { isOk: boolean; code?: string }[];
      });
      expect(answers.map(({ code }) => code)).toEqual([...Array(8).fill("bad-message"), undefined]);
      await expectFile(page, "file", await site.sha256(PATH));
      expect(site.bytesSent(PATH)).toBe(20_000_000);
    });
  });
}
