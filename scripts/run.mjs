import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, lstatSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Runs a command in the repository with its output shown; ends the process when it fails. */
export function run(command, args, options = {}) {
  console.log(`\n› ${command} ${args.join(" ")}`);
  // On Windows npm and npx are command files, which only a shell can start.
  const shell = process.platform === "win32";
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: "inherit", shell, ...options });
  if (status === 0) return;
  console.error(`\n✗ ${command} ${args.join(" ")} failed${error ? `: ${error.message}` : ""}`);
  process.exit(status ?? 1);
}

/** Installs the packages where that has not been done since the lock file changed. */
export function installPackages() {
  // A link leads to the packages of another working copy, which npm would delete.
  if (lstatSync(`${ROOT}node_modules`, { throwIfNoEntry: false })?.isSymbolicLink()) return;
  const done = `${ROOT}node_modules/.package-lock.json`;
  const isFresh = existsSync(done) && statSync(done).mtimeMs >= statSync(`${ROOT}package-lock.json`).mtimeMs;
  if (!isFresh) run("npm", ["ci", "--no-audit", "--no-fund"]);
}

/** Whether a command can be run here. */
export function isThere(command) {
  try {
    execFileSync(process.platform === "win32" ? "where" : "which", [command], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
