import { connect } from "node:net";
import { afterEach, expect, it } from "vitest";
import { startServer, type TestServer } from "../../../server/server.ts";

const servers: TestServer[] = [];

async function start(behind?: string): Promise<TestServer> {
  const server = await startServer({ ...(behind !== undefined && { behind }) });
  servers.push(server);
  return server;
}

afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

it("a server gets what the one before it does not know, and its answer comes back as it is", async () => {
  const app = await start();
  const front = await start(app.origin);
  app.route("/list", async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    response.writeHead(201, { "x-app": String(request.headers["x-page"]) }).end(`${request.url} ${body}`);
  });
  const request = { method: "POST", headers: { "x-page": "7" }, body: "milk" };
  const answer = await fetch(`${front.origin}/list?all=1`, request);
  expect([answer.status, answer.headers.get("x-app")]).toEqual([201, "7"]);
  expect(await answer.text()).toBe("/list?all=1 milk");
});

it("a server that has another one behind it answers what it knows itself", async () => {
  const app = await start();
  const front = await start(app.origin);
  expect((await fetch(`${front.origin}/files/1KB.bin`)).status).toBe(200);
  expect(app.requests()).toEqual([]);
});

it("an answer that comes before the body was read is passed on", async () => {
  const app = await start();
  const front = await start(app.origin);
  app.route("/list", (_, response) => void response.writeHead(413).end("too large"));
  for (let turn = 0; turn < 5; turn += 1) {
    const answer = await fetch(`${front.origin}/list`, { method: "POST", body: new Uint8Array(8_000_000) });
    expect([answer.status, await answer.text()]).toEqual([413, "too large"]);
  }
});

it("a request that its client breaks off is broken off behind too", async () => {
  const app = await start();
  const front = await start(app.origin);
  const isBroken = new Promise((resolve) => {
    app.route("/list", (request) => void request.once("error", resolve).resume());
  });
  const client = connect(Number(new URL(front.origin).port), "127.0.0.1");
  client.write("POST /list HTTP/1.1\r\nhost: app\r\ncontent-length: 100\r\n\r\nmilk");
  await expect.poll(() => app.requests("/list")).toHaveLength(1);
  client.destroy();
  expect(await isBroken).toMatchObject({ code: "ECONNRESET" });
});

it("the answer is 500 if the server behind cannot be reached", async () => {
  const app = await start();
  const front = await start(app.origin);
  await app.goDown();
  expect((await fetch(`${front.origin}/list`)).status).toBe(500);
});
