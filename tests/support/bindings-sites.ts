import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import react from "@vitejs/plugin-react";
import vue from "@vitejs/plugin-vue";
import { build, type InlineConfig, type PluginOption } from "vite";

const APPS = fileURLToPath(new URL("./bindings/", import.meta.url));

export type Framework = "react" | "vue" | "svelte";

const PLUGINS: Readonly<Record<Framework, () => PluginOption>> = {
  react,
  vue,
  svelte: () => svelte({ configFile: false }),
};

/** What Vite needs for the app of a framework. It finds the package by its name, as it is built in dist/. */
export function viteConfigOf(framework: Framework, root: string = APPS + framework): InlineConfig {
  return { root, configFile: false, logLevel: "warn", publicDir: false, plugins: [PLUGINS[framework]()] };
}

/** Builds the apps of all frameworks into a site. */
export async function buildBindingsSites(site: string): Promise<void> {
  await Promise.all((Object.keys(PLUGINS) as Framework[]).map((framework) => buildApp(framework, site)));
}

async function buildApp(framework: Framework, site: string): Promise<void> {
  await build({
    ...viteConfigOf(framework),
    base: `/bindings/${framework}/`,
    // The frameworks check more, and React mounts twice.
    mode: "development",
    define: { "process.env.NODE_ENV": '"development"' },
    build: {
      outDir: `${site}/bindings/${framework}`,
      emptyOutDir: true,
      minify: false,
      target: "es2022",
      chunkSizeWarningLimit: 5_000,
    },
  });
}
