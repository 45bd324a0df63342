import { readFileSync } from "node:fs";
import type { Plugin, Rolldown } from "vite";

const WORKER = "background-session/sw.js?url";

/** Shows the ten lines in the page, and lets them run as they stand: they import the package by its names. */
export function tenLines(root: string): Plugin {
  return {
    name: "ten-lines",
    enforce: "pre",
    resolveId(id, _, options) {
      // Resolved again: a test has the package in place of its sources.
      if (id === "background-session") return this.resolve("../src/app/index.ts", `${root}main.ts`, options);
      // The demo's own worker has the daemon, and the page's files for a visit without a network.
      return id === WORKER ? `${root}code/demo-worker.ts` : undefined;
    },
    transformIndexHtml(html) {
      const lines = readFileSync(`${root}code/ten-lines.ts`, "utf8").trimEnd().split("\n");
      return html.replace("%TEN_LINES%", () => lines.map(lineElement).join(""));
    },
  };
}

/** The ten lines are a module of their own, under a fixed name: the page runs it as often as the user wants. */
export function tenLinesEntry(root: string): Rolldown.RolldownOptions {
  return {
    input: { index: `${root}index.html`, "ten-lines": `${root}code/ten-lines.ts` },
    output: {
      entryFileNames: ({ name }) =>
        name === "ten-lines" ? "assets/ten-lines.js" : "assets/[name]-[hash].js",
    },
  };
}

function lineElement(line: string): string {
  const text = line.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<span data-indent="${line.search(/\S|$/)}">${text}\n</span>`;
}
