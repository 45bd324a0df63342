import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // As in the build: Workbox is as silent here as in what ships, and asks for nothing of a worker.
  define: { "process.env.NODE_ENV": '"production"' },
  // The test app takes the library by its name, from its sources here.
  resolve: {
    alias: [
      {
        find: /^background-session$/,
        replacement: fileURLToPath(new URL("src/app/index.ts", import.meta.url)),
      },
    ],
  },
  test: {
    // Some wait for servers: three keep two cores busy.
    maxWorkers: Math.max(3, availableParallelism()),
    // Properties run thousands of cases, and a shared machine may be slow.
    testTimeout: 120_000,
    retry: process.env.CI === undefined ? 0 : 2,
    include: ["tests/{unit,contract,fuzz}/**/*.test.ts"],
    // Its modules import each other without extensions, which Node does not resolve.
    server: { deps: { inline: ["workbox-background-sync", "workbox-core"] } },
    typecheck: {
      enabled: true,
      include: ["tests/types/**/*.test-d.ts"],
      tsconfig: "tsconfig.tools.json",
    },
  },
});
