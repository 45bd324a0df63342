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

it("the answer is 500 if the server behind cannot be reached", async () => {
  const app = await start();
  const front = await start(app.origin);
  await app.goDown();
  expect((await fetch(`${front.origin}/list`)).status).toBe(500);
});
