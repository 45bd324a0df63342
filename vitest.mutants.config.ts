// The tests that `npm run mutants` runs. Stryker says "No tests were executed" if a test fails to load.
import { stat } from "node:fs/promises";
import type { ViteUserConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import config from "./vitest.config.ts";

/** Folders and files, the one most likely to notice a mutant first. */
const places = process.env.MUTANTS_TESTS?.split(",") ?? ["tests/unit"];

/** The first test that fails ends a run: the nearest and smallest files go first. */
class NearestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const ranked = await Promise.all(
      files.map(async (file) => ({
        file,
        near: nearnessOf(file.moduleId),
        size: (await stat(file.moduleId)).size,
      })),
    );
    return ranked.sort((a, b) => a.near - b.near || a.size - b.size).map(({ file }) => file);
  }
}

function nearnessOf(path: string): number {
  const nearness = places.findIndex((place) => path.includes(place));
  return nearness === -1 ? places.length : nearness;
}

export default {
  ...config,
  test: {
    ...config.test,
    include: places.map((place) => (place.endsWith(".ts") ? place : `${place}/**/*.test.ts`)),
    // It takes a minute, and notices nothing that others do not.
    exclude: ["tests/unit/sw/week.test.ts"],
    typecheck: { enabled: false },
    retry: 0,
    // Most mutants that make a test wait for ever are noticed by waiting: not for longer than a busy machine needs.
    testTimeout: 15_000,
    // A mutant has one worker for all its tests: three times as fast as one for each file.
    isolate: false,
    sequence: { sequencer: NearestFirst },
  },
} satisfies ViteUserConfig;
