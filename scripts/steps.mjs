// The steps of `npm run check`, `npm run test:quick` and `npm test`. When a step is over, a line says how long it took.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { ROOT } from "./run.mjs";

const running = new Set();

/**
 * Runs a command of a development dependency, or of Node; ends all steps when it fails. Its output is shown as it
 * comes, or at its end if other steps run beside it.
 */
export async function step(name, [command, ...args], { env, isBeside = false } = {}) {
  const start = performance.now();
  const title = [command, ...args].join(" ");
  const child = spawn(pathOf(command), args, {
    cwd: ROOT,
    // On Windows the commands of packages are command files, which only a shell can start.
    shell: process.platform === "win32",
    stdio: isBeside ? ["ignore", "pipe", "pipe"] : "inherit",
    env: { ...process.env, ...env },
  });
  running.add(child);
  if (!isBeside) console.log(`\n› ${title}`);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (bytes) => {
      output += bytes;
    });
  }
  const status = await once(child, "close").then(
    ([code]) => code ?? 1,
    (error) => error.message,
  );
  running.delete(child);
  if (isBeside) console.log(`\n› ${title}\n${output.trimEnd()}`);
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(`${status === 0 ? "✓" : "✗"} ${name}: ${seconds} s`);
  if (status !== 0) await end();
}

/** Ends what still runs: Playwright closes its browsers. */
async function end() {
  const ended = [...running].map((child) => once(child, "close"));
  for (const child of running) child.kill("SIGINT");
  await Promise.all(ended);
  process.exit(1);
}

function pathOf(command) {
  return command === "node" ? process.execPath : `${ROOT}node_modules/.bin/${command}`;
}

export async function checkSource() {
  await step("format and lint", ["biome", "ci"]);
  await step("types", ["tsc", "-b"]);
}

/** What `npm run check` is. Its properties run a tenth of the cases that `npm test` gives them. */
export async function check() {
  await checkSource();
  const env = { FUZZ_FACTOR: "0.1", ...process.env };
  await step("unit tests", ["vitest", "run", "tests/unit", "tests/types"], { env });
}

/** What ships, but its types: they come after it, since it empties dist/. */
export async function build() {
  await step("build", ["vite", "build", "--logLevel", "warn"]);
}

/** Prints the time of all steps together, and what went before them. */
export function printTotal() {
  console.log(`✓ all: ${Math.round(performance.now() / 1000)} s`);
}
