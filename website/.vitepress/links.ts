import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { MarkdownRenderer } from "vitepress";
import { isPage, onSite, ROOT } from "./pages.ts";
import { REPOSITORY } from "./repository.ts";

/** What the repository shows in its source, as the types have no page there, the site has in its reference. */
const REFERENCE: Readonly<Record<string, string>> = {
  "src/protocol/configuration.ts": "SessionConfiguration",
  "src/app/tasks/task-options.ts": "TaskOptions",
  "src/app/events/delegate.ts": "SessionDelegate",
};

/** Makes the links of the repository's Markdown those of the site. What is no page leads to the repository. */
export function followLinks(md: MarkdownRenderer): void {
  md.core.ruler.push("links-of-the-repository", ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.attrGet("href");
      if (token.type === "link_open" && href !== null)
        token.attrSet("href", followed(href, env.realPath ?? env.path));
    }
  });
}

function followed(href: string, page: string): string {
  if (/^(?:[a-z]+:|#|\/)/.test(href)) return href;
  const [, path = "", anchor = ""] = /^([^#]*)(#.*)?$/.exec(href) ?? [];
  const target = relative(ROOT, join(dirname(page), decodeURI(path)));
  if (!existsSync(join(ROOT, target)))
    throw new Error(`${relative(ROOT, page)} links to ${href}, which is not there.`);
  const name = REFERENCE[target];
  if (name !== undefined) return `/reference/background-session/interfaces/${name}`;
  return isPage(target) ? `/${onSite(target)}${anchor}` : `${REPOSITORY}/blob/main/${target}${anchor}`;
}
