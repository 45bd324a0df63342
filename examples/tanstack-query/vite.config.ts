import { text } from "node:stream/consumers";
import { type Connect, defineConfig, type Plugin } from "vite";

const todos: unknown[] = [];

/** The app's server: a list in memory. */
const answer: Connect.NextHandleFunction = async (request, response) => {
  if (request.method === "POST") todos.push(JSON.parse(await text(request)));
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(request.method === "POST" ? todos.at(-1) : todos));
};

const server: Plugin = {
  name: "todos",
  configureServer: ({ middlewares }) => void middlewares.use("/todos", answer),
  configurePreviewServer: ({ middlewares }) => void middlewares.use("/todos", answer),
};

export default defineConfig({ build: { target: "es2022" }, plugins: [server] });
