import type { IncomingMessage, ServerResponse } from "node:http";
import type { TestServer } from "../../server/server.ts";
import { expect, test } from "../support/fixtures.ts";
import { HookedTusServer, refusal, type TusOptions } from "../support/hooked-tus-server.ts";
import { startUpload } from "../support/start-upload.ts";
import { endOf, expectFailure } from "../support/task-end.ts";

const SIZE = 600_000;
const REFUSALS = [404, 409, 410, 413, 423, 429, 460, 500];

/** Runs `body` with the tus project's server, with hooks, at `/hooked`. */
async function withTus(
  site: TestServer,
  options: TusOptions,
  body: (server: HookedTusServer) => Promise<void>,
): Promise<void> {
  const server = await HookedTusServer.start({ path: "/hooked", ...options });
  site.route("/hooked/*", server.answer);
  try {
    await body(server);
  } finally {
    await server.close();
  }
}

/** A hook that refuses with the status that the upload's requests ask for. */
const refuseAsAsked: TusOptions = {
  onUploadFinish: ({ headers }) => {
    throw refusal(Number(headers.get("x-refuse")));
  },
};

function refused(status: number): { url: string; method: string; headers: Record<string, string> } {
  return { url: "/hooked", method: "POST", headers: { "x-refuse": String(status) } };
}

test(
  "a status from a finish hook, not from the protocol, is the answer, and the file is sent once",
  { tag: "@core" },
  ({ page, site }) =>
    withTus(site, refuseAsAsked, async (server) => {
      for (const status of REFUSALS) {
        await startUpload(page, `photo-${status}`, refused(status), SIZE, { protocol: "tus" });
      }
      for (const status of REFUSALS) {
        const [end, ...more] = await endOf(page, `photo-${status}`);
        expect(end).toMatchObject({ type: "didComplete", status, text: `refused with ${status}` });
        expect([end?.error, more]).toEqual([undefined, []]);
      }
      const count = REFUSALS.length;
      expect(server).toMatchObject({ created: count, finished: count, bytesSent: count * SIZE });
    }),
);

test("a status from a finish hook is still the answer if the worker is stopped before it knows who sent it", ({
  browserApp,
  page,
  site,
}) =>
  withTus(site, refuseAsAsked, async (server) => {
    let isHeld = true;
    const held: ServerResponse[] = [];
    site.route("/hooked/*", (request: IncomingMessage, response: ServerResponse) => {
      if (request.method === "HEAD" && isHeld && server.finished > 0) return void held.push(response);
      return server.answer(request, response);
    });
    await startUpload(page, "photo", refused(409), SIZE, { protocol: "tus" });
    await expect.poll(() => held.length).toBeGreaterThan(0);
    isHeld = false;
    await browserApp.stopWorkers(page);
    for (const response of held) response.destroy();
    const [end] = await endOf(page, "photo", 60_000);
    expect(end).toMatchObject({ type: "didComplete", status: 409, text: "refused with 409" });
    expect(server).toMatchObject({ created: 1, finished: 1, bytesSent: SIZE });
  }));

test("a proxy that strips a path prefix: one upload is made, and the message says what is wrong", ({
  page,
  site,
}) =>
  withTus(site, { path: "/tus" }, async (server) => {
    site.route("/api/*", (request, response) => {
      request.url = request.url?.slice("/api".length);
      return server.answer(request, response);
    });
    site.route("/tus/*", (request, response) => {
      // WebKit occasionally loses an answer that arrives before its request is sent.
      request.resume().on("end", () => response.writeHead(404).end("nothing here"));
    });
    await startUpload(page, "photo", "/api/tus", SIZE, { protocol: "tus" });
    await expectFailure(page, "photo", "bad-response");
    const message = await page.evaluate(
      async () => (await app.rows("tasks")).find(({ id }) => id === "photo")?.failure?.message,
    );
    expect(message).toContain(`${site.origin}/tus/`);
    expect(message).toContain("prefix");
    expect(server).toMatchObject({ created: 1, finished: 0 });
  }));
