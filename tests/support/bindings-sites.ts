import { cp, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import react from "@vitejs/plugin-react";
import vue from "@vitejs/plugin-vue";
import { build, type InlineConfig, type PluginOption } from "vite";
import { withAppFolder } from "./installed-package.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export type Framework = "react" | "vue" | "svelte";

const PLUGINS: Readonly<Record<Framework, () => PluginOption>> = {
  react,
  vue: () =>
    vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === "background-transfers" } } }),
  svelte: () => svelte({ configFile: false }),
};

/** The frameworks whose oldest version that a binding promises is installed apart. */
const OLDEST: Readonly<Partial<Record<Framework, readonly string[]>>> = {
  react: ["react", "react-dom"],
  vue: ["vue"],
};

/** The apps, by the names under which the site has them: with the newest framework, and with the oldest. */
export const APPS: Readonly<Record<string, Framework>> = {
  react: "react",
  "react-oldest": "react",
  vue: "vue",
  "vue-oldest": "vue",
  svelte: "svelte",
};

/**
 * Lays the apps out as their developers have them: each with the packed package and its framework.
 * @param use gets the folders of the apps, by their names
 */
export async function withInstalledApps<Result>(
  use: (folders: ReadonlyMap<string, string>) => Promise<Result>,
): Promise<Result> {
  return withAppFolder(async (directory) => {
    const folders = new Map<string, string>();
    for (const [name, framework] of Object.entries(APPS)) {
      const folder = join(directory, name);
      await cp(`${ROOT}tests/support/bindings`, folder, { recursive: true });
      if (name !== framework) await installOldest(framework, folder);
      folders.set(name, join(folder, framework));
    }
    return use(folders);
  });
}

/** The package finds the newest framework above it, but takes the app's: bundlers dedupe it, and npm would put it there. */
async function installOldest(framework: Framework, folder: string): Promise<void> {
  await mkdir(join(folder, "node_modules"));
  for (const name of OLDEST[framework] ?? [])
    await symlink(
      join(ROOT, "tests/consumers/node_modules", name),
      join(folder, "node_modules", name),
      "dir",
    );
}

/** What Vite needs for the app of a framework. */
export function viteConfigOf(framework: Framework, root: string): InlineConfig {
  return {
    root,
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    plugins: [PLUGINS[framework]()],
    resolve: { dedupe: ["react", "react-dom", "vue"] },
  };
}

/** Builds the apps into a site. */
export async function buildBindingsSites(site: string): Promise<void> {
  await withInstalledApps(async (folders) => {
    await Promise.all(Object.keys(APPS).map((name) => buildApp(name, folders.get(name) ?? "", site)));
  });
}

async function buildApp(name: string, root: string, site: string): Promise<void> {
  await build({
    ...viteConfigOf(APPS[name] ?? "react", root),
    base: `/bindings/${name}/`,
    // The frameworks check more, and React mounts twice.
    mode: "development",
    define: { "process.env.NODE_ENV": '"development"' },
    build: {
      outDir: `${site}/bindings/${name}`,
      emptyOutDir: true,
      minify: false,
      target: "es2022",
      chunkSizeWarningLimit: 5_000,
    },
  });
}
