import { type BuildEnvironmentOptions, defineConfig, type EnvironmentOptions, type Plugin } from "vite";
import manifest from "./package.json" with { type: "json" };
import { ar } from "./src/elements/messages/ar.ts";
import { toAscii } from "./src/elements/messages/arabic-in-ascii.ts";
import { de } from "./src/elements/messages/de.ts";
import { ja } from "./src/elements/messages/ja.ts";
import { textsOf } from "./src/elements/messages/without-keys.ts";

/** What stands at the head of each script that apps copy. */
const BANNER = `/*! background-session ${manifest.version} | ${manifest.license}, THIRD-PARTY.md */`;

/** The entries of the package, each with the modules that it shares with the others. */
const ENTRIES = {
  "app/index": "src/app/index.ts",
  "app/index.development": "src/app/index.development.ts",
  "inspector/index": "src/inspector/index.ts",
  "elements/index": "src/elements/index.ts",
  "sw/index": "src/sw/index.ts",
  "sw/uploads/tus/index": "src/sw/uploads/tus/index.ts",
  "sw/uploads/ietf/index": "src/sw/uploads/ietf/index.ts",
  "sw/uploads/s3/index": "src/sw/uploads/s3/index.ts",
  "sw/uploads/s3/credentials/index": "src/sw/uploads/s3/credentials/index.ts",
  "sw/uploads/steps/index": "src/sw/uploads/steps/index.ts",
  "sw/integrity/index": "src/sw/integrity/index.ts",
  "sw/parallel/index": "src/sw/parallel/index.ts",
  "sw/destinations/index": "src/sw/destinations/index.ts",
  "react/index": "src/react/index.ts",
  "vue/index": "src/vue/index.ts",
  "media/index": "src/media/index.ts",
  "testing/index": "src/testing/index.ts",
  "testing/playwright": "src/testing/playwright.ts",
  "uppy/index": "src/uppy/index.ts",
  "workbox/index": "src/workbox/index.ts",
};

/**
 * The files that ship. Apps get modules as they are in `src`: one app has each of them once, whichever entries it
 * imports, and its bundler leaves out what it does not use. Three scripts stand alone, with all that they need in them:
 * the ready worker, the same with the plugin for workbox, and the page's part for pages without a bundler. The demo has its own configuration in demo/.
 */
export default defineConfig({
  publicDir: false,
  plugins: [messagesWithoutKeys()],
  builder: {},
  resolve: { dedupe: ["idb"] },
  // Workbox asks for it at run time, and a worker has no `process`.
  define: { "process.env.NODE_ENV": '"production"' },
  environments: {
    client: {
      build: {
        outDir: "dist",
        emptyOutDir: true,
        // They can be read as they are; a map would be larger than the module. What their comments say to users is in the
        // types.
        minify: false,
        // In vendor/, beside the modules of others.
        license: { fileName: "vendor/THIRD-PARTY.md" },
        // Styles are strings in the modules, which no app's bundler makes smaller.
        cssMinify: true,
        cssTarget: "esnext",
        target: "es2022",
        lib: { entry: ENTRIES, formats: ["es"] },
        rolldownOptions: {
          external: ["idb", "react", "vue", "fake-indexeddb", /^@uppy\//],
          // A server component may import the binding for React: "use client" stays where it is.
          checks: { moduleLevelDirective: false },
          experimental: { attachDebugInfo: "none" },
          output: {
            comments: { jsdoc: false },
            preserveModules: true,
            preserveModulesRoot: "src",
            // Only src/testing imports it.
            paths: { "fake-indexeddb": "../vendor/fake-indexeddb.js" },
            // Tools take a folder of the name node_modules for somebody else's.
            entryFileNames: ({ name }) => `${name.replace(/.*node_modules\//, "vendor/")}.js`,
          },
        },
      },
    },
    worker: standalone({
      lib: {
        entry: "src/sw/ready-worker.ts",
        formats: ["iife"],
        name: "backgroundSession",
        fileName: () => "sw.js",
      },
      // The page's script has a part of what is bundled here.
      license: { fileName: "THIRD-PARTY.md" },
    }),
    // The same for workers that workbox generates, with the plugin for their routes.
    plugin: standalone({
      lib: {
        entry: "src/sw-workbox.ts",
        formats: ["iife"],
        name: "backgroundSession",
        fileName: () => "sw-workbox.js",
      },
    }),
    // Its modules import each other in circles, which only a bundle keeps in order.
    disk: standalone(
      {
        lib: {
          entry: "node_modules/fake-indexeddb/build/esm/index.js",
          formats: ["es"],
          fileName: () => "vendor/fake-indexeddb.js",
        },
        license: { fileName: "vendor/fake-indexeddb.md" },
      },
      { minify: true, postBanner: "" },
    ),
    page: standalone(
      { lib: { entry: "src/app/index.ts", formats: ["es"], fileName: () => "background-session.js" } },
      // Vite leaves the white space in modules, since it may hold marks for bundlers. No bundler reads this one.
      { minify: true },
    ),
  },
});

/** One file with everything in it. It has no map: the three maps were larger than all the rest of the package. */
function standalone(
  build: BuildEnvironmentOptions,
  output: { minify?: boolean; postBanner?: string } = {},
): EnvironmentOptions {
  return {
    consumer: "client",
    build: {
      outDir: "dist",
      emptyOutDir: false,
      minify: true,
      target: "es2022",
      rolldownOptions: { output: { postBanner: BANNER, ...output } },
      ...build,
    },
  };
}

/** Writes the panel's languages without the keys of their messages, which are those of the English ones. */
function messagesWithoutKeys(): Plugin {
  return {
    name: "messages-without-keys",
    transform(_, id) {
      const found = Object.entries({ ar, de, ja }).find(([name]) => id.endsWith(`/messages/${name}.ts`));
      if (found === undefined) return undefined;
      const [name, messages] = found;
      const texts = textsOf(messages);
      const made =
        name === "ar"
          ? `/* @__PURE__ */ fromAscii(${JSON.stringify(toAscii(texts))})`
          : JSON.stringify(texts);
      return `import { fromAscii } from "./arabic-in-ascii.ts";
import { withKeys } from "./without-keys.ts";
export const ${name} = /* @__PURE__ */ withKeys(${made});`;
    },
  };
}
