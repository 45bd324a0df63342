import { fileURLToPath } from "node:url";

/** The folder of the repository, which has all the Markdown of the site. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** The folders that have pages, and the pages beside them. */
const PAGES = /^(?:docs\/.*|website\/reference\/.*|server\/README|examples\/README|[A-Z_]+)\.md$/;

/** Whether a file of the repository is a page of the site. */
export function isPage(path: string): boolean {
  return PAGES.test(path);
}

/** Where else there is Markdown: the generator takes what is left. */
export const LEFT_OUT: string[] = ["{bench,chaos,demo,dist*,src,tests,test-results}/**", "examples/*/**"];

/** Returns where a page stands on the site: the README is the first, and the guides stand beside it. */
export function onSite(path: string): string {
  if (path === "README.md") return "index.md";
  if (path === "docs/README.md") return "contents.md";
  return path
    .replace(/^(?:docs|website)\//, "")
    .replace(/^reference\/README\.md$/, "reference/index.md")
    .replace(/\/README\.md$/, ".md")
    .replace(/^[A-Z_]+\.md$/, (name) => name.toLowerCase().replaceAll("_", "-"));
}
