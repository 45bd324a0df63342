import { expect, test } from "../support/fixtures.ts";

test("a session works in the service worker itself, with the daemon in the same realm", async ({
  page,
  site,
}) => {
  const answer = await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.register("/own-worker.js");
    await navigator.serviceWorker.ready;
    const { port1, port2 } = new MessageChannel();
    const answered = new Promise((resolve) => {
      port1.onmessage = ({ data }) => resolve(data);
    });
    registration.active?.postMessage({ say: "download", url: "/files/1MB.bin" }, [port2]);
    return answered;
  });
  expect(answer).toEqual({
    events: ["file from-worker 1000000", "complete from-worker ok"],
    role: "owner",
  });
  expect(site.bytesSent("/files/1MB.bin")).toBe(1_000_000);
});
