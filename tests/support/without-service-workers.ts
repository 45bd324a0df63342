import { test as base } from "./fixtures.ts";
import type { Lack } from "./test-browser.ts";

/** The tests of a browser without service workers: the daemon runs in its pages. */
export const test = base.extend({ lacks: [["service workers"], { scope: "test" }] });

/** Both kinds of workers that a page can start. */
export const KINDS_OF_WORKER: readonly (readonly [name: string, lacks: readonly Lack[]])[] = [
  ["a shared worker", ["service workers"]],
  ["a worker of each page", ["service workers", "shared workers"]],
];
