import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { fileURLToPath } from "node:url";
import type * as Query from "@tanstack/query-core";
import type { TestServer } from "../../server/server.ts";
import type { BackgroundSession } from "../../src/app/index.ts";
import { expect, test } from "../support/fixtures.ts";
import type { TestBrowser, TestPage } from "../support/test-browser.ts";

const GUIDE = new URL("../../docs/tanstack-query.md", import.meta.url);
const QUERY_CORE = new URL("./", import.meta.resolve("@tanstack/query-core"));

interface Todo {
  readonly id: string;
  readonly title?: string;
}

/** What the page's script has made of the guide's module. */
interface TodoPage {
  readonly client: Query.QueryClient;
  readonly session: BackgroundSession;
  readonly onlineManager: typeof Query.onlineManager;
  add(id: string, options?: object): void;
  /** The ids of what a user sees, as the guide puts it together, and of the mutations that are pending. */
  look(): { shown: string[]; pending: string[]; tasks: string[]; failed: string[] };
}
declare global {
  var todos: TodoPage;
}

const IMPORTS = {
  "background-session": "/app/index.js",
  idb: "/idb.js",
  // What Vite makes of it.
  "background-session/sw.js?url": "/worker-url.js",
  // The hooks of React are a layer on this one, which exports the rest of it.
  "@tanstack/react-query": "/query-core/index.js",
};

const SCRIPT = `
  import { MutationObserver, onlineManager, QueryObserver } from "@tanstack/react-query";
  import { ADD, client, session } from "/todos.js";
  const add = (id, options) => void new MutationObserver(client, { mutationKey: ADD, ...options }).mutate({ id }).catch(() => {});
  const mutations = (status) => client.getMutationCache().findAll({ mutationKey: ADD, status }).map(({ state }) => state.variables);
  const look = () => {
    const data = client.getQueryData(["todos"]) ?? [];
    const pending = mutations("pending");
    const shown = [...data, ...pending.filter(({ id }) => !data.some((todo) => todo.id === id))];
    const ids = (some) => some.map(({ id }) => id);
    return { shown: ids(shown), pending: ids(pending), tasks: ids(session.queue("todos").tasks()), failed: ids(mutations("error")) };
  };
  new QueryObserver(client, { queryKey: ["todos"] }).subscribe(() => {});
  globalThis.todos = { client, session, onlineManager, add, look };
`;

/** The server's list, and how it answers what is added. */
class TodoServer {
  readonly list: Todo[] = [];
  /** How it answers: `"cut"` breaks the connection, `"hold"` waits until that changes. */
  mode: "cut" | "hold" | number = "cut";

  constructor(site: TestServer) {
    site.route("/todos", async (request, response) => {
      if (request.method === "GET")
        return void response.setHeader("content-type", "application/json").end(JSON.stringify(this.list));
      const todo = await bodyOf(request);
      while (this.mode === "hold") await new Promise((resolve) => setTimeout(resolve, 20));
      if (this.mode === "cut") return void request.socket.destroy();
      if (this.mode < 400) this.list.push(todo);
      response.writeHead(this.mode, { "content-type": "application/json" }).end(JSON.stringify(todo));
    });
  }

  get ids(): string[] {
    return this.list.map(({ id }) => id);
  }
}

async function bodyOf(request: IncomingMessage): Promise<Todo> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return JSON.parse(text) as Todo;
}

async function openTodos(browser: TestBrowser, site: TestServer): Promise<TestPage> {
  const [, code = ""] = /^```js\n(.*?)^```/ms.exec(await readFile(GUIDE, "utf8")) ?? [];
  site.serve("/todos.js", { body: code });
  site.serve("/worker-url.js", { body: 'export default "/sw.js";' });
  site.serve("/todos-page.js", { body: SCRIPT });
  site.route("/query-core/*", async ({ url = "" }, response) => {
    const file = fileURLToPath(new URL(url.slice("/query-core/".length), QUERY_CORE));
    const body = (await readFile(file, "utf8")).replaceAll("process.env.NODE_ENV", '"production"');
    response.setHeader("content-type", "text/javascript").end(body);
  });
  site.serve("/todos.html", {
    body: `<!doctype html><title>Todos</title>
<script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>
<script type="module" src="/todos-page.js"></script>`,
  });
  const page = await browser.newPage();
  await page.goto(`${site.origin}/todos.html`);
  await page.waitForFunction(() => "todos" in globalThis);
  return page;
}

const look = (page: TestPage) => page.evaluate(() => todos.look());

test("mutations that were made offline are pending again after a reload, and are sent once and in order", {
  tag: "@core",
}, async ({ browserApp, site }) => {
  const server = new TodoServer(site);
  const page = await openTodos(browserApp, site);
  await page.evaluate(() => {
    todos.onlineManager.setOnline(false);
    for (const id of ["milk", "bread", "apples"]) todos.add(id);
  });
  const ids = ["milk", "bread", "apples"];
  const waiting = { shown: ids, pending: ids, tasks: ids, failed: [] };
  await expect.poll(() => look(page)).toEqual(waiting);
  // A reload may break off what is being stored. A further resume() fulfils when it is on disk.
  await page.evaluate(async () => {
    await Promise.all(
      todos.session
        .queue("todos")
        .tasks()
        .map((task) => task.resume()),
    );
  });

  await page.reload();
  await page.waitForFunction(() => "todos" in globalThis);
  await expect.poll(() => look(page)).toEqual(waiting);
  expect(server.list).toEqual([]);

  server.mode = 201;
  await expect
    .poll(() => look(page), { timeout: 60_000 })
    .toEqual({
      shown: ids,
      pending: [],
      tasks: [],
      failed: [],
    });
  expect(server.ids).toEqual(ids);
});

test("with TanStack's own networkMode nothing is stored or sent while it takes the device for offline", async ({
  browserApp,
  site,
}) => {
  const server = new TodoServer(site);
  server.mode = 201;
  const page = await openTodos(browserApp, site);
  await page.evaluate(() => {
    todos.onlineManager.setOnline(false);
    todos.add("milk", { networkMode: "online" });
    todos.add("bread");
  });
  await expect.poll(() => server.ids).toEqual(["bread"]);
  await expect.poll(() => look(page)).toMatchObject({ pending: ["milk"], tasks: [] });
});

test("a mutation whose request is under way is pending in the next page, and gets its answer there", async ({
  browserApp,
  site,
}) => {
  const server = new TodoServer(site);
  server.mode = "hold";
  const page = await openTodos(browserApp, site);
  await page.evaluate(() => todos.add("milk"));
  await expect.poll(() => site.requests("/todos").filter(({ method }) => method === "POST").length).toBe(1);
  await page.reload();
  await page.waitForFunction(() => "todos" in globalThis);
  await expect.poll(() => look(page)).toMatchObject({ shown: ["milk"], pending: ["milk"] });
  server.mode = 201;
  await expect.poll(() => look(page)).toEqual({ shown: ["milk"], pending: [], tasks: [], failed: [] });
  const data = await page.evaluate(() => todos.client.getMutationCache().getAll()[0]?.state.data);
  expect(data).toEqual({ id: "milk" });
  expect(server.ids).toEqual(["milk"]);
});

test("what was sent while no page was open is in the list of the next page, and is not sent again", async ({
  browserApp,
  site,
}) => {
  const server = new TodoServer(site);
  server.mode = "hold";
  const page = await openTodos(browserApp, site);
  await page.evaluate(() => todos.add("milk"));
  await expect.poll(() => site.requests("/todos").filter(({ method }) => method === "POST").length).toBe(1);
  await page.goto("about:blank");
  server.mode = 201;
  await expect.poll(() => server.ids).toEqual(["milk"]);
  const next = await openTodos(browserApp, site);
  await expect.poll(() => look(next)).toEqual({ shown: ["milk"], pending: [], tasks: [], failed: [] });
  expect(server.ids).toEqual(["milk"]);
});

test("what the server refuses, and what the user takes back, is not shown any more", async ({
  browserApp,
  site,
}) => {
  const server = new TodoServer(site);
  const page = await openTodos(browserApp, site);
  await page.evaluate(() => todos.add("back"));
  await expect.poll(() => look(page)).toMatchObject({ shown: ["back"], tasks: ["back"] });
  await page.evaluate(() => todos.session.task("back")?.cancel());
  await expect.poll(() => look(page)).toEqual({ shown: [], pending: [], tasks: [], failed: ["back"] });
  server.mode = 422;
  await page.evaluate(() => todos.add("refused"));
  await expect
    .poll(() => look(page))
    .toEqual({ shown: [], pending: [], tasks: [], failed: ["back", "refused"] });
  expect(server.list).toEqual([]);
});
