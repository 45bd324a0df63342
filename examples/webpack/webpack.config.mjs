import { copyFile } from "node:fs/promises";

export default {
  mode: "production",
  entry: "./main.js",
  output: { filename: "main.js", publicPath: "/" },
  plugins: [
    {
      apply: ({ hooks, options }) =>
        hooks.done.tapPromise("page", () => copyFile("index.html", `${options.output.path}/index.html`)),
    },
  ],
};
