import { expect, test } from "../support/fixtures.ts";
import { askOwnWorker } from "../support/own-worker.ts";

test("a session works in the service worker itself, with the daemon in the same realm", async ({
  page,
  site,
}) => {
  expect(await askOwnWorker(page, { say: "download", url: "/files/1MB.bin" })).toEqual({
    events: ["file from-worker 1000000", "complete from-worker ok"],
    role: "owner",
  });
  expect(site.bytesSent("/files/1MB.bin")).toBe(1_000_000);
});

const DEDICATED = `import { BackgroundSession } from "/background-session.js";
const hasServiceWorkers = Boolean(navigator.serviceWorker);
try {
  const session = await BackgroundSession.open("dedicated", { serviceWorker: "/sw.js" });
  const task = session.downloadTask("/files/1MB.bin");
  await task.resume();
  const { file } = await task.completed;
  postMessage({ hasServiceWorkers, role: session.role, sizeBytes: file?.size });
} catch ({ code, message }) {
  postMessage({ hasServiceWorkers, code, message });
}`;

test("a session in a dedicated worker works where such workers have service workers, and says so elsewhere", {
  tag: "@core",
}, async ({ page, site }) => {
  site.serve("/dedicated.js", { body: DEDICATED, type: "text/javascript" });
  // The page's own session is another one.
  await page.evaluate(() => app.open());
  const { hasServiceWorkers, ...said } = await page.evaluate(
    () =>
      new Promise<Record<string, unknown>>((resolve) => {
        const worker = new Worker("/dedicated.js", { type: "module" });
        worker.onmessage = ({ data }) => resolve(data);
      }),
  );
  if (hasServiceWorkers) expect(said).toEqual({ role: "owner", sizeBytes: 1_000_000 });
  else {
    expect(said).toEqual({
      code: "daemon-missing",
      message: expect.stringContaining("this browser has no service workers here"),
    });
    expect(site.requests("/files/1MB.bin")).toEqual([]);
  }
});
