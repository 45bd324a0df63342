import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DefaultTheme } from "vitepress";
import { onSite, ROOT } from "./pages.ts";

type Item = DefaultTheme.SidebarItem;

/** The sidebar: docs/README.md has the parts of the documentation and their pages, for the repository and for the site. */
export function sidebar(): Item[] {
  const [, ...parts] = readFileSync(join(ROOT, "docs/README.md"), "utf8").split(/^## /m);
  return parts.map((part) => {
    const text = part.slice(0, part.indexOf("\n"));
    const pages = [...part.matchAll(/^- \[(.+?)\]\((.+?)\)/gm)].map(([, name = "", path = ""]) => ({
      text: name,
      link: linkTo(join("docs", path)),
    }));
    return { text, items: text === "Reference" ? [...pages, ...entries()] : pages };
  });
}

/** The pages that are made of the types: that of each entry of the package, which lists those of its exports. */
function entries(): Item[] {
  const paths = readdirSync(join(ROOT, "website/reference"), { recursive: true, encoding: "utf8" });
  return paths
    .filter((path) => path.endsWith("/README.md"))
    .map((path) => ({ text: path.replace(/\/README\.md$/, ""), link: linkTo(`website/reference/${path}`) }))
    .sort((one, other) => one.text.localeCompare(other.text));
}

function linkTo(path: string): string {
  const [page = "", anchor] = path.split("#");
  const address = `/${onSite(page)}`.replace(/(?:index)?\.md$/, "");
  return anchor === undefined ? address : `${address}#${anchor}`;
}
