import { HOOKS, type HookName } from "../support/app/hooks.ts";
import { expect, test } from "../support/fixtures.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { uploadBytes } from "../support/upload-bytes.ts";

// The request is sent whole, no matter what the app's `willSend` does with the one that it gets.

const NAMES = Object.keys(HOOKS) as HookName[];

test("a hook may do anything with a request without changing what is sent", { tag: "@core" }, async ({
  page,
}) => {
  const echoes = await page.evaluate(async (names) => {
    const session = await app.open("test", { serviceWorker: "/hook-worker.js" });
    const form = () => {
      const data = new FormData();
      data.append("name", "Ada");
      data.append("file", new File(["bytes"], "a.txt", { type: "text/plain" }));
      return data;
    };
    const json = { headers: { "content-type": "application/json" }, body: '{"a":1}' };
    const large = "0123456789".repeat(30_000);
    const made = names.flatMap((name) => {
      const options = { completion: { handler: "sent", context: name } };
      const post = { url: "/echo", method: "POST", referrer: "/page?made=1" };
      return [
        ["a GET", session.dataTask("/echo", options)],
        ["a small body", session.dataTask({ ...post, ...json }, options)],
        ["a large body", session.dataTask({ ...post, body: large }, options)],
        ["an encoded form", session.dataTask({ ...post, body: form() }, options)],
        ["a file", session.uploadTask(post, new File(["file"], "f.txt", { type: "text/x-file" }), options)],
        ["a form", session.uploadTask(post, form(), options)],
      ].map(([body, task]) => ({
        name,
        body: body as string,
        task: task as ReturnType<typeof session.dataTask>,
      }));
    });
    for (const { task } of made) void task.resume();
    return Promise.all(
      made.map(async ({ name, body, task }) => {
        const { response, error } = await task.completed;
        if (response === undefined) return { name, body, error: error?.message };
        const { method, headers, bodyText, bodySha256 } = await response.json();
        const boundary = /boundary=(.*)/.exec(headers["content-type"] ?? "")?.[1];
        const plain = (text: string | undefined) => text?.replaceAll(boundary ?? "\0", "BOUNDARY");
        const hook = headers["x-hook"];
        return {
          name,
          body,
          hook,
          sent: {
            method,
            type: plain(headers["content-type"]),
            referer: headers.referer,
            text: plain(bodyText ?? bodySha256),
          },
        };
      }),
    );
  }, NAMES);
  expect(echoes).toHaveLength(NAMES.length * 6);
  const untouched = new Map(echoes.slice(0, 6).map(({ body, sent }) => [body, sent]));
  expect(untouched.get("a small body")).toMatchObject({
    type: "application/json",
    text: '{"a":1}',
    referer: expect.stringMatching(/\/page\?made=1$/),
  });
  const others = echoes.slice(6);
  expect(others).toEqual(
    others.map(({ name, body }) => ({ name, body, hook: "1", sent: untouched.get(body) })),
  );
});

test("a body that the hook adds to a request without one is sent", async ({ page }) => {
  const echo = await page.evaluate(async () => {
    const session = await app.open("test", { serviceWorker: "/hook-worker.js" });
    const context = "gives a body to a GET";
    const task = session.dataTask("/echo", { completion: { handler: "sent", context } });
    void task.resume();
    return (await task.completed).response?.json();
  });
  expect(echo).toMatchObject({ method: "PUT", bodyText: "given" });
  expect(echo.headers["content-type"]).toBe("text/plain;charset=UTF-8");
});

test("a tus upload arrives whole, whatever a hook does with its requests", async ({ page, site }) => {
  const sizeBytes = 700_000;
  const ends = await page.evaluate(
    async ({ names, sizeBytes }) => {
      const session = await app.open("test", { serviceWorker: "/hook-worker.js" });
      const words = Uint32Array.from({ length: sizeBytes / 4 }, (_, index) => index);
      const tasks = names.map((name) =>
        session.uploadTask("/tus", new Blob([words.buffer]), {
          protocol: "tus",
          completion: { handler: "sent", context: name },
        }),
      );
      for (const task of tasks) void task.resume();
      return Promise.all(tasks.map(async ({ completed }) => (await completed).error?.message ?? "whole"));
    },
    { names: NAMES, sizeBytes },
  );
  expect(ends).toEqual(NAMES.map(() => "whole"));
  const whole = { isComplete: true, sizeBytes, sha256: sha256Of(uploadBytes(sizeBytes)) };
  expect(await site.storedUploads("tus")).toEqual(NAMES.map(() => expect.objectContaining(whole)));
  const patches = site.requests(({ method }) => method === "PATCH");
  expect(patches.filter(({ headers }) => headers["x-hook"] === "1").length).toBeGreaterThan(NAMES.length - 2);
});
