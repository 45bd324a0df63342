import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/unit/**/*.test.ts", "tests/contract/**/*.test.ts"],
    // Its modules import each other without extensions, which Node does not resolve.
    server: { deps: { inline: ["workbox-background-sync", "workbox-core"] } },
    typecheck: {
      enabled: true,
      include: ["tests/types/**/*.test-d.ts"],
      tsconfig: "tsconfig.tools.json",
    },
  },
});
