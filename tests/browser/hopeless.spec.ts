import type { TestServer } from "../../server/server.ts";
import { expect, test } from "../support/fixtures.ts";
import { liveTask } from "../support/live-task.ts";
import { startDownload, startTask } from "../support/start-task.ts";
import { startUpload } from "../support/start-upload.ts";
import { openPlainPageWithStrictWorker } from "../support/strict-page.ts";
import { endOf, expectFailure, expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";
import { KINDS_OF_WORKER, test as withoutServiceWorkers } from "../support/without-service-workers.ts";

// Failures that waiting cannot mend end the task at once (F2): each kind that no later attempt can change has its
// end.

const FILE = "/files/100KB.bin";

interface End {
  readonly code: string | undefined;
  readonly message: string | undefined;
  /** The number of attempts, as the app sees it. */
  readonly attempts: number;
}

/** Makes a task of this kind and waits for its end. */
function endWith(
  page: TestPage,
  kind: "download" | "data" | "POST" | "upload" | "tus" | "ietf",
  url: string,
): Promise<End> {
  return page.evaluate(
    async ([kind, url]) => {
      const session = app.BackgroundSession.current("test") ?? (await app.open("test"));
      const body = new Blob([new Uint8Array(1_000_000)]);
      const make = {
        download: () => session.downloadTask(url),
        data: () => session.dataTask(url),
        POST: () => session.dataTask({ url, method: "POST", body: "x" }),
        upload: () => session.uploadTask(url, body),
        tus: () => session.uploadTask(url, body, { protocol: "tus" }),
        ietf: () => session.uploadTask(url, body, { protocol: "ietf" }),
      };
      const task = make[kind]();
      void task.resume();
      const { error } = await task.completed;
      return { code: error?.code, message: error?.message, attempts: task.attempts };
    },
    [kind, url] as const,
  );
}

const KINDS = ["download", "data", "POST", "upload", "tus", "ietf"] as const;

test.describe("the policy of the worker's script", () => {
  test("forbids an origin: a task of each kind ends at once and names the policy", { tag: "@core" }, async ({
    browserApp,
    site,
  }) => {
    const page = await openPlainPageWithStrictWorker(browserApp, site);
    for (const kind of KINDS) {
      const { code, message, attempts } = await endWith(page, kind, `${site.crossOrigin}/echo?cors=basic`);
      expect([code, attempts], kind).toEqual(["blocked", 1]);
      expect(message, kind).toContain(site.crossOrigin);
      expect(message, kind).toMatch(/Content-Security-Policy of the worker .* connect-src/);
      expect(site.requests("/echo"), kind).toEqual([]);
    }
  });

  test("forbids the target of a same-origin redirect: the task ends", async ({
    browserApp,
    site,
    engine,
  }) => {
    redirect(site, "/away", `${site.crossOrigin}${FILE}?cors=basic`);
    const page = await openPlainPageWithStrictWorker(browserApp, site);
    const end = await page.evaluate(async () => {
      const task = (await app.open("test")).downloadTask("/away", { retry: { limit: 1 } });
      void task.resume();
      const { error } = await task.completed;
      return { code: error?.code, message: error?.message };
    });
    // WebKit does not mention the policy here.
    if (engine === "webkit") expect(end.code).toBe("bad-response");
    else
      expect(end).toMatchObject({ code: "blocked", message: expect.stringContaining("/away redirects to") });
    expect(end.message).toMatch(/redirect/);
  });

  test("forbids another origin and nothing else: same-origin downloads work", async ({
    browserApp,
    site,
  }) => {
    const page = await openPlainPageWithStrictWorker(browserApp, site);
    await startDownload(page, "own", FILE);
    await expectFile(page, "own", await site.sha256(FILE));
  });
});

for (const [name, lacks] of KINDS_OF_WORKER) {
  withoutServiceWorkers.describe(`the policy of the script of ${name}`, () => {
    withoutServiceWorkers.use({ lacks });
    withoutServiceWorkers("forbids an origin: the task ends at once", async ({ browserApp, site }) => {
      const page = await openPlainPageWithStrictWorker(browserApp, site);
      const end = await endWith(page, "download", `${site.crossOrigin}${FILE}?cors=basic`);
      expect([end.code, end.attempts]).toEqual(["blocked", 1]);
    });
  });
}

function redirect(site: TestServer, path: string, location: string, status = 302): void {
  site.route(path, (request, response) => {
    request.resume();
    response.writeHead(status, { location }).end();
  });
}

test.describe("a same-origin redirect", () => {
  test("to an origin without CORS ends a task of each kind", async ({ page, site }) => {
    for (const [kind, status] of [["download", 302] as const, ...KINDS.map((kind) => [kind, 307] as const)]) {
      const row = `${kind}, ${status}`;
      const path = `/away/${kind}/${status}`;
      redirect(site, path, `${site.crossOrigin}/echo?cors=none`, status);
      const { code, message } = await endWith(page, kind, path);
      // A resumable upload never follows a redirect to another origin, readable or not.
      if (kind === "tus" || kind === "ietf") {
        expect([code, message], row).toEqual(["bad-response", expect.stringContaining("redirects the")]);
        continue;
      }
      expect(code, row).toBe("blocked");
      expect(message, row).toContain(`${site.origin}${path} redirects to`);
      expect(message, row).toContain("Access-Control-Allow-Origin");
    }
  });

  test("from a server without HEAD is followed up with GET", async ({ page, site }) => {
    site.route("/away", ({ method }, response) => {
      const location = `${site.crossOrigin}${FILE}?cors=none`;
      response.writeHead(method === "HEAD" ? 405 : 302, { location }).end();
    });
    expect((await endWith(page, "download", "/away")).code).toBe("blocked");
  });

  test("that depends on a cookie is followed up with the cookie", async ({ page, site, engine }) => {
    site.route("/away", ({ headers }, response) => {
      const isKnown = headers.cookie?.includes("user=ada");
      if (isKnown) response.writeHead(302, { location: `${site.crossOrigin}${FILE}?cors=none` });
      response.end("Who are you?");
    });
    await page.evaluate(() => {
      // biome-ignore lint/suspicious/noDocumentCookie: WebKit has no cookieStore here
      document.cookie = "user=ada";
    });
    expect((await endWith(page, "download", "/away")).code).toBe("blocked");
    // WebKit sends the other origin's own cookies anyway; cookies ignore ports.
    const isAlike = engine === "webkit";
    const probes = site.requests(({ method, listener }) => method === "HEAD" && listener === "cross");
    expect(probes.every(({ headers }) => isAlike || headers.cookie === undefined)).toBe(true);
  });

  test("to an origin that stops allowing access before the resume ends as blocked", async ({
    page,
    site,
  }) => {
    let isAllowed = true;
    site.route("/away", (_, response) => {
      const cors = isAllowed ? "cors=expose&cut=50KB&throttle=1MB" : "cors=none";
      isAllowed = false;
      response.writeHead(302, { location: `${site.crossOrigin}${FILE}?${cors}` }).end();
    });
    await startDownload(page, "once", "/away", { retry: { limit: 2 } });
    const [end] = await endOf(page, "once", 90_000);
    expect(["blocked", "bad-response"]).toContain(end?.error);
  });

  test("that leads nowhere is a useless answer and counts as an attempt", async ({ page, site }) => {
    const locations = {
      "a-loop": "/away/a-loop",
      "a-port-that-browsers-refuse": "http://localhost:6000/",
      "a-server-that-is-down": "http://localhost:59999/",
    };
    for (const [what, location] of Object.entries(locations)) {
      redirect(site, `/away/${what}`, location);
      await startDownload(page, what, `/away/${what}`, { retry: { limit: 1 } });
    }
    for (const what of Object.keys(locations)) await expectFailure(page, what, "bad-response");
  });
});

test.describe("the page's own server, however it breaks its connections, is never taken for a block", () => {
  test("reset", async ({ page, site }) => {
    const url = `${FILE}?reset=5`;
    await startDownload(page, "reset", url);
    await expectFile(page, "reset", await site.sha256(FILE));
  });

  test("reset for everything except HEAD, which shows that the server is up", async ({ page, site }) => {
    let isOver = false;
    site.route("/half", ({ method, socket }, response) => {
      if (method === "HEAD" || isOver) response.end("here");
      else socket.destroy();
    });
    await startDownload(page, "half", "/half");
    await expect
      .poll(async () => (await liveTask(page, "half"))?.attempts, { timeout: 60_000 })
      .toBeGreaterThan(5);
    isOver = true;
    expect((await endOf(page, "half", 60_000)).at(-1)?.status).toBe(200);
  });

  test("cut before any byte", async ({ page, site }) => {
    await startDownload(page, "cut", `${FILE}?cut=0&cutTimes=5`);
    await expectFile(page, "cut", await site.sha256(FILE));
  });

  test("down", async ({ page, site }) => {
    await page.evaluate(async () => void (await app.open()));
    await site.goDown();
    await startDownload(page, "down", FILE);
    await expect
      .poll(async () => (await liveTask(page, "down"))?.attempts, { timeout: 60_000 })
      .toBeGreaterThan(4);
    await site.comeBack();
    await expectFile(page, "down", await site.sha256(FILE));
  });

  test("a POST and an upload are not sent again to find the cause", async ({ page, site }) => {
    await startTask(page, "dataTask", "post", { url: "/echo?reset=3&key=p", method: "POST", body: "x" });
    await startUpload(page, "upload", "/echo?reset=3&key=u", 1_000);
    for (const id of ["post", "upload"]) expect((await endOf(page, id, 60_000)).at(-1)?.status).toBe(200);
    const posts = site.requests(({ method }) => method === "POST");
    for (const key of ["p", "u"])
      expect(
        new Set(posts.filter(({ url }) => url.endsWith(key)).map(({ headers }) => headers["idempotency-key"]))
          .size,
      ).toBe(1);
  });
});

/** Makes a task, changes it on disk, and resumes it. */
function startChanged(page: TestPage, id: string, change: object): Promise<void> {
  return page.evaluate(
    async ({ id, change }) => {
      const session = app.BackgroundSession.current("test") ?? (await app.open("test"));
      const task = session.dataTask({ url: "/echo", method: "POST", body: "x" }, { id });
      while (!(await app.rows("tasks")).some((row) => row.id === id))
        await new Promise((resolve) => setTimeout(resolve, 20));
      const database = await app.database();
      const row = (await database?.getAll("tasks"))?.find((row) => row.id === id);
      await database?.put("tasks", { ...row, ...change });
      database?.close();
      void task.resume();
    },
    { id, change },
  );
}

test.describe("data that cannot become a request", () => {
  test("ends the stored task with internal, and the others go on", async ({ page, site }) => {
    const changes = {
      "an idempotency key from an earlier version that no header can carry": { idempotencyKey: "ключ" },
      "an idempotency key with a line break": { idempotencyKey: "a\nb" },
    };
    for (const [what, change] of Object.entries(changes)) {
      await startChanged(page, what, change);
      await expectFailure(page, what, "internal");
      expect(site.requests("/echo"), what).toEqual([]);
      await startDownload(page, `after ${what}`, FILE);
      await expectFile(page, `after ${what}`, await site.sha256(FILE));
    }
  });

  test("a header that belongs to the browser is refused when the session is opened", async ({ page }) => {
    const messages = await page.evaluate(async () => {
      const all = ["Cookie", "Host", "Content-Length", "Sec-Fetch-Mode", "Proxy-Secret"].map(async (name) => {
        const opening = app.open("headers", { configuration: { httpAdditionalHeaders: { [name]: "1" } } });
        return opening.then(String, (error: Error) => `${error.name}: ${error.message}`);
      });
      return Promise.all(all);
    });
    for (const message of messages)
      expect(message).toMatch(/^TypeError: .*httpAdditionalHeaders.*the browser itself/);
  });

  test("a hook that returns nonsense counts as a failed attempt", async ({ page, site }) => {
    site.serve("/hook", {
      body: JSON.stringify({ word: 5 }),
      headers: { "content-type": "application/json" },
    });
    const code = await page.evaluate(async () => {
      const session = await app.open("test", { serviceWorker: "/sending-worker.js" });
      const task = session.downloadTask("/files/1KB.bin", { retry: { limit: 1 } });
      void task.resume();
      return (await task.completed).error?.code;
    });
    expect(code).toBe("internal");
  });
});
