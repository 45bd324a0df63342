import type { TransportInfo } from "../../src/protocol/task-info.ts";
import { expect, test } from "../support/fixtures.ts";
import { startDownload } from "../support/start-task.ts";
import { expectFile } from "../support/task-end.ts";

const INSISTING = { configuration: { transport: "background-fetch" } } as const;

test("a session that insists on it has the browser fetch its downloads", async ({ page, site }) => {
  await startDownload(page, "one", "/files/10MB.bin", INSISTING);
  const ways = await page.evaluate(async () => {
    const task = app.BackgroundSession.current("test")?.task("one");
    const seen: (TransportInfo | undefined)[] = [];
    for (let tries = 0; tries < 20; tries += 1) {
      seen.push(task?.transport);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return [...new Set(seen.map((info) => `${info?.way} ${info?.reason}`))];
  });
  console.log(ways);
  await expectFile(page, "one", await site.sha256("/files/10MB.bin"), { timeoutMs: 60_000 });
  console.log(site.requests("/files/10MB.bin").map((r) => r.headers));
});

test("the rest of a download is handed over when the last page closes", async ({
  page,
  browserApp,
  site,
}) => {
  const file = "/files/60MB.bin?throttle=5MB";
  await startDownload(page, "one", file);
  await expect.poll(() => site.bytesSent(file)).toBeGreaterThan(10_000_000);
  await page.close();
  await new Promise((resolve) => setTimeout(resolve, 20_000));
  console.log(site.requests(file).map((r) => [r.headers.range, r.headers["if-range"]]));
  const next = await browserApp.open(site.origin);
  await next.evaluate(() => app.open());
  await expectFile(next, "one", await site.sha256(file), { timeoutMs: 60_000 });
  console.log(site.requests(file).map((r) => [r.headers.range, r.headers["if-range"]]));
});
