import { needs } from "../support/absences.ts";
import { controlFromAnotherTab } from "../support/control-from.ts";
import { expect } from "../support/fixtures.ts";
import { foundAt, startPlaced } from "../support/placed.ts";
import { checkpoint } from "../support/rows-on-disk.ts";
import { bytesSentAgain, MOST_SENT_AGAIN_BYTES } from "../support/sent-again.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { startDownload, startTask } from "../support/start-task.ts";
import { startUpload } from "../support/start-upload.ts";
import { endOf, expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";
import { uploadBytes } from "../support/upload-bytes.ts";
import { acknowledgedBytes } from "../support/upload-progress.ts";
import { variantIf } from "../support/variants.ts";
import { KINDS_OF_WORKER, test } from "../support/without-service-workers.ts";

const PATH = "/files/20MB.bin";

function daemonOf(page: TestPage): Promise<string> {
  return page.evaluate(async () => (app.BackgroundSession.current("test") ?? (await app.open())).daemon);
}

async function reload(page: TestPage): Promise<void> {
  await page.reload();
  await page.waitForFunction(() => "app" in globalThis);
}

for (const [name, lacks] of KINDS_OF_WORKER) {
  const variant = variantIf(lacks.includes("shared workers"));
  test.describe(`without service workers, in ${name},`, () => {
    test.use({ lacks });

    test("a download goes on over two reloads and ends byte for byte", {
      tag: lacks.includes("shared workers") ? [] : "@core",
    }, async ({ page, site }) => {
      expect(await daemonOf(page)).toBe("page");
      await startDownload(page, "file", `${PATH}?throttle=5MB`);
      for (let count = 0; count < 2; count += 1) {
        await checkpoint(page, "file", count * 8_000_000);
        await reload(page);
        const found = await page.evaluate(async () => (await app.open()).tasks().map(app.describe));
        expect(found).toMatchObject([{ id: "file", state: "running" }]);
      }
      await expectFile(page, "file", await site.sha256(PATH));
      for (const bytes of bytesSentAgain(site, PATH))
        expect(bytes).toBeLessThanOrEqual(MOST_SENT_AGAIN_BYTES);
    });

    test("a download is placed at its destination", variant, async ({ page, site }) => {
      const places = [{ opfs: "a/file" }, { cache: "files", key: "/file" }];
      for (const [n, place] of places.entries()) {
        await startPlaced(page, `file ${n}`, `/files/6MB.bin?seed=${n}`, place);
        expect(await endOf(page, `file ${n}`)).toMatchObject([{ type: "didComplete", status: 200 }]);
        const sha256 = await site.sha256(`/files/6MB.bin?seed=${n}`);
        expect(await foundAt(page, place)).toMatchObject({ sha256 });
      }
    });

    test("a download goes on after the browser is killed", variant, async ({ browserApp, page, site }) => {
      await startDownload(page, "file", `${PATH}?throttle=5MB`);
      await checkpoint(page, "file", 4_000_000);
      await browserApp.killAndRestart({ lacks });
      const next = await browserApp.open(site.origin);
      expect(await daemonOf(next)).toBe("page");
      await expectFile(next, "file", await site.sha256(PATH));
      const again = bytesSentAgain(site, PATH);
      expect(again).toHaveLength(1);
      expect(again[0]).toBeLessThanOrEqual(MOST_SENT_AGAIN_BYTES);
    });

    for (const end of ["closed", "crashed"]) {
      const needed = end === "crashed" ? needs("crash-of-one-page") : {};
      test(
        `the other tab takes over when the tab with the worker is ${end}`,
        needed,
        async ({ browserApp, page, site }) => {
          await startDownload(page, "file", `${PATH}?throttle=4MB`);
          const other = await browserApp.open(site.origin);
          expect(await other.evaluate(async () => (await app.open()).role)).toBe("observer");
          await checkpoint(other, "file");
          if (end === "closed") await page.close();
          else await browserApp.crash(page);
          await expectFile(other, "file", await site.sha256(PATH));
          const realm = await other.evaluate(() => app.realm);
          expect((await endOf(other, "file")).map((entry) => entry.realm)).toEqual([realm, realm]);
          for (const bytes of bytesSentAgain(site, PATH))
            expect(bytes).toBeLessThanOrEqual(MOST_SENT_AGAIN_BYTES);
        },
      );
    }

    test(
      "a tab whose worker does not run the daemon suspends, resumes, makes and cancels tasks",
      variant,
      async ({ browserApp, page, site }) => {
        const other = await controlFromAnotherTab(page, browserApp, site, PATH);
        await startDownload(other, "second", "/files/1MB.bin");
        await expectFile(page, "second", await site.sha256("/files/1MB.bin"));
        const realm = await page.evaluate(() => app.realm);
        expect((await endOf(page, "second")).map((entry) => entry.realm)).toEqual([realm, realm]);
        expect(site.bytesSent("/files/1MB.bin")).toBe(1_000_000);

        await other.evaluate(() => app.BackgroundSession.current("test")?.task("file")?.cancel());
        expect(await endOf(page, "file")).toMatchObject([{ type: "didComplete", error: "cancelled" }]);
      },
    );

    for (const protocol of [undefined, "tus", "ietf"] as const) {
      test(
        `an upload arrives whole across a reload: ${protocol ?? "one request"}`,
        variant,
        async ({ page, site }) => {
          await startUpload(page, "photo", `/${protocol ?? "echo"}?throttle=2MB`, 4_000_000, {
            ...(protocol && { protocol }),
          });
          if (protocol === undefined) await expect.poll(() => site.requests("/echo").length).toBe(1);
          else await acknowledgedBytes(page, "photo", 0);
          await reload(page);
          await page.evaluate(() => app.open());
          const noted = await endOf(page, "photo", 60_000);
          expect(noted).toMatchObject([{ type: "didComplete" }]);
          expect(noted[0]?.error).toBeUndefined();
          const sha256 = sha256Of(uploadBytes(4_000_000));
          if (protocol === undefined) expect(JSON.parse(noted[0]?.text ?? "").bodySha256).toBe(sha256);
          else expect((await site.storedUploads(protocol)).map((upload) => upload.sha256)).toEqual([sha256]);
        },
      );
    }

    test("a named handler is found and called after a reload", variant, async ({ page, site }) => {
      const completion = { handler: "sent", context: { photo: 7 } };
      const request = { url: "/echo?latency=500", method: "POST", body: "photo 7" };
      await startTask(page, "dataTask", "post", request, { completion });
      await reload(page);
      await page.evaluate(() => app.open());
      await endOf(page, "post");
      expect(await page.evaluate(() => app.entries())).toMatchObject([
        { type: "didComplete", id: "post", status: 200 },
        { type: "handler", id: "sent", context: { photo: 7 } },
      ]);
      const keys = site.requests("/echo").map((sent) => sent.headers["idempotency-key"]);
      expect(new Set(keys).size).toBe(1);
    });

    test("an app's own worker is asked before each request", variant, async ({ page, site }) => {
      site.route(
        "/hook",
        (_, response) => void response.end(JSON.stringify({ headers: { "x-token": "fresh" } })),
      );
      await page.evaluate(() => app.open("test", { serviceWorker: "/sending-worker.js" }));
      await startUpload(page, "photo", "/echo", 1_000);
      expect(await endOf(page, "photo")).toMatchObject([{ type: "didComplete", status: 200 }]);
      expect(site.requests("/echo").map((sent) => sent.headers["x-token"])).toEqual(["fresh"]);
    });

    test(
      "a download that a service worker began continues in the page, and the other way round",
      variant,
      async ({ browserApp, page: first, site }) => {
        let page = first;
        await startDownload(page, "file", `${PATH}?throttle=4MB`);
        for (const [daemon, missing] of [
          ["service-worker", []],
          ["page", lacks],
        ] as const) {
          const onDisk = await checkpoint(page, "file", site.bytesSent(PATH));
          // Chromium's sync event would start the worker again, whether or not a page sees it.
          await page.evaluate(async () => (await navigator.serviceWorker?.getRegistration())?.unregister());
          await browserApp.killAndRestart({ lacks: missing });
          page = await browserApp.open(site.origin);
          expect(await daemonOf(page)).toBe(daemon);
          const task = await page.evaluate(
            () => app.BackgroundSession.current("test")?.task("file")?.countOfBytesReceived,
          );
          expect(task).toBeGreaterThanOrEqual(onDisk);
        }
        await expectFile(page, "file", await site.sha256(PATH));
        const again = bytesSentAgain(site, PATH);
        expect(again).toHaveLength(2);
        for (const bytes of again) expect(bytes).toBeLessThanOrEqual(MOST_SENT_AGAIN_BYTES);
      },
    );
  });
}
