import { completion, expect, test } from "../support/fixtures.ts";

test("a download ends in the file, byte for byte", { tag: "@core" }, async ({ page, site }) => {
  await page.evaluate(async () => {
    const session = await app.open();
    await session.downloadTask("/files/10MB.bin", { id: "ten", description: "Ten" }).resume();
  });
  const noted = await completion(page, "ten");
  expect(noted.map((entry) => entry.type)).toEqual(["didFinishDownloading", "didComplete"]);
  expect(noted[0]?.sha256).toBe(await site.sha256("/files/10MB.bin"));
  expect(site.bytesSent("/files/10MB.bin")).toBe(10_000_000);
});

test("a file has the name and the type that its server gives it, and no path of the server's", async ({
  page,
  site,
}) => {
  const headers = {
    "content-disposition": `attachment; filename="EURO.txt"; filename*=UTF-8''..%2f%e2%82%ac%20rates.txt`,
    "content-type": "text/plain; charset=utf-8",
  };
  site.route("/export", (_, response) => void response.writeHead(200, headers).end("1.17"));
  const found = await page.evaluate(async () => {
    const session = await app.open();
    const task = session.downloadTask("/export?id=7", { id: "rates" });
    task.resume();
    const { file } = await task.completed;
    return [file?.name, file?.type.replace(" ", ""), task.info.response?.suggestedFilename];
  });
  expect(found).toEqual(["€ rates.txt", "text/plain;charset=utf-8", "€ rates.txt"]);
});
