import { readFileSync } from "node:fs";
import type { Plugin } from "vite";
import manifest from "../package.json" with { type: "json" };

/** Puts into the page what it shows later, and the address of the repository. */
export function pageParts(root: string): Plugin {
  const repository = manifest.repository.url.replace(/^git\+/, "").replace(/\.git$/, "");
  return {
    name: "page-parts",
    transformIndexHtml: {
      order: "pre",
      handler: (html) =>
        html
          .replace("%DIALOGS_AND_TEMPLATES%", () =>
            readFileSync(`${root}dialogs-and-templates.html`, "utf8").trimEnd(),
          )
          .replaceAll("%REPOSITORY%", repository),
    },
  };
}
