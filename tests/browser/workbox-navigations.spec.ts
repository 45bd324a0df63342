import { expect, test } from "../support/fixtures.ts";
import { breakNetwork, deployWorker, handled, openRoutedSession } from "../support/routed-app.ts";
import type { TestPage } from "../support/test-browser.ts";

/** Sends a form as a share target does: by a navigation, with a text and a file. */
async function share(page: TestPage): Promise<void> {
  await page.evaluate(() => {
    const form = document.createElement("form");
    form.action = "/share";
    form.method = "post";
    form.enctype = "multipart/form-data";
    form.innerHTML = '<input name="title" value="Milk"><input name="photo" type="file">';
    const files = new DataTransfer();
    files.items.add(new File(["x".repeat(100_000)], "photo.jpg", { type: "image/jpeg" }));
    (form.elements.namedItem("photo") as HTMLInputElement).files = files.files;
    document.body.append(form);
    form.submit();
  });
  await page.waitForFunction(() => location.search === "?shared" && "app" in globalThis);
}

for (const router of ["workbox", "serwist"]) {
  test(`a form that is sent offline by a navigation becomes a task with its file in a worker of ${router}, and the app shows its own page`, {
    tag: router === "serwist" ? "@core" : [],
  }, async ({ page, site }) => {
    await deployWorker(page, site, { worker: `${router}-worker` });
    breakNetwork(site, "/share");
    await share(page);
    await openRoutedSession(page);
    const sent: unknown[] = [];
    site.route("/share", async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      if (request.method !== "POST") return void response.end();
      const { "upgrade-insecure-requests": upgrade, "content-type": type = "" } = request.headers;
      const isWhole = text.includes('name="title"\r\n\r\nMilk') && text.includes("x".repeat(100_000));
      sent.push({
        upgrade,
        type: type.split(";")[0],
        isWhole,
        hasName: text.includes('filename="photo.jpg"'),
      });
      // Its redirect is followed, as everyone's.
      response.writeHead(303, { location: "/echo" }).end();
    });
    await expect.poll(async () => (await handled(page)).length, { timeout: 60_000 }).toBe(1);
    expect(sent).toEqual([{ upgrade: undefined, type: "multipart/form-data", isWhole: true, hasName: true }]);
  });

  test(`a form that is sent online goes to the server through a worker of ${router} as without a worker`, async ({
    page,
    site,
  }) => {
    await deployWorker(page, site, { worker: `${router}-worker` });
    site.route("/share", async (request, response) => {
      // If the server closes a connection with unread bytes, it is reset, and the request has failed.
      for await (const _ of request);
      response.writeHead(303, { location: "/?shared" }).end();
    });
    await share(page);
    await openRoutedSession(page);
    expect(await page.evaluate(() => app.rows("tasks"))).toEqual([]);
  });
}
