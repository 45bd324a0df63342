import { slug } from "github-slugger";
import { defineConfig } from "vitepress";
import { followLinks } from "./links.ts";
import { LEFT_OUT, onSite, ROOT } from "./pages.ts";
import { REPOSITORY, VERSION } from "./repository.ts";
import { sidebar } from "./sidebar.ts";
import { emptyHeads } from "./tables.ts";

/** The path of the site on its host, if that is not the root. */
const base = process.env.SITE_BASE ?? "/";

/** The documentation site: the Markdown of this repository as it is, and a reference made of the types. */
export default defineConfig({
  title: "background-session",
  description:
    "Apple's background URLSession for the web: downloads, uploads and requests that survive their page.",
  lang: "en",
  base,
  srcDir: ROOT,
  srcExclude: LEFT_OUT,
  outDir: `${ROOT}dist-site`,
  cacheDir: `${ROOT}.cache/vitepress`,
  cleanUrls: true,
  rewrites: onSite,
  metaChunk: true,
  head: [["link", { rel: "icon", href: `${base}favicon.svg` }]],
  // The library's own configuration of Vite is for the library.
  vite: { configFile: false, publicDir: `${ROOT}website/public` },
  markdown: {
    // As the repository's web page makes them, so that a link is right in both.
    anchor: { slugify: slug },
    config(md) {
      followLinks(md);
      emptyHeads(md);
    },
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
  },
  themeConfig: {
    search: {
      provider: "local",
      options: {
        detailedView: true,
        miniSearch: {
          searchOptions: {
            // A guide explains what the reference lists; an error code and a state are explained on a page of their own.
            // The site gets the text of this function, so it must name nothing from outside of it.
            boostDocument: (id: string) =>
              /\/reference\//.test(id) ? 0.3 : /\/(?:errors|states)/.test(id) ? 3 : 1,
          },
        },
      },
    },
    nav: [
      { text: "Start", link: "/start" },
      { text: "Guides", link: "/contents" },
      { text: "Reference", link: "/reference/background-session" },
      { text: VERSION, link: "/changelog" },
    ],
    sidebar: sidebar(),
    outline: { level: [2, 3] },
    socialLinks: [{ icon: "github", link: REPOSITORY }],
    externalLinkIcon: true,
  },
});
