import type { TestPage } from "./test-browser.ts";

/** Opens the page's session with a worker that has the protocol of S3. */
export function openWithBucket(page: TestPage, serviceWorker = "/s3-worker.js"): Promise<unknown> {
  return page.evaluate(
    async (serviceWorker) => (await app.open("test", { serviceWorker })).role,
    serviceWorker,
  );
}
