// Checks the built site: each link to a page of it leads to one, and each anchor to an element of that page.
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const SITE = fileURLToPath(new URL("../dist-site", import.meta.url));
const BASE = process.env.SITE_BASE ?? "/";

const names = (await readdir(SITE, { recursive: true })).map((name) => name.replaceAll("\\", "/"));
const pages = new Map();
for (const name of names.filter((one) => one.endsWith(".html"))) {
  const html = await readFile(`${SITE}/${name}`, "utf8");
  const ids = new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id));
  const links = [...html.matchAll(/<a\s[^>]*?href="([^"]+)"/g)].map(([, href]) =>
    href.replaceAll("&amp;", "&"),
  );
  pages.set(name, { ids, links: new Set(links) });
}

const faults = [...pages].flatMap(([name, { links }]) =>
  [...links].filter((href) => !isRight(href, name)).map((href) => `${name} links to ${href}`),
);
const count = [...pages.values()].reduce((sum, { links }) => sum + links.size, 0);
for (const fault of faults) console.log(`DEAD  ${fault}`);
console.log(`${count} links of ${pages.size} pages, ${faults.length} of them dead`);
if (faults.length > 0 || pages.size < 40) process.exitCode = 1;

function isRight(href, from) {
  const here = `http://site${BASE}${from === "index.html" ? "" : from.replace(/(?:index)?\.html$/, "")}`;
  const { hostname, pathname, hash } = new URL(href, here);
  if (hostname !== "site") return true;
  if (!pathname.startsWith(BASE)) return false;
  const path = decodeURIComponent(pathname.slice(BASE.length));
  const page = pages.get(path === "" || path.endsWith("/") ? `${path}index.html` : `${path}.html`);
  if (page === undefined) return names.includes(path);
  return hash === "" || page.ids.has(decodeURIComponent(hash.slice(1)));
}
