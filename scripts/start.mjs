// `npm start`: installs what is missing, builds the demo app and serves it. Arguments go to demo/server/main.ts,
// e.g. `npm start -- --port 9000`.
import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

if (!isInstalled()) {
  console.log("Installing what the project needs (npm ci) …");
  await run("npm", ["ci", "--no-audit", "--no-fund"], { shell: process.platform === "win32" });
}

console.log("Building the demo app …");
await run("npx", ["vite", "build", "-c", "demo/vite.config.ts", "--logLevel", "warn"], {
  shell: process.platform === "win32",
});

console.log("Starting the server; Ctrl+C stops it. Open this address in a browser:");
const serverArguments = [
  "--import",
  "tsx",
  "demo/server/main.ts",
  "--static",
  "dist-demo",
  ...process.argv.slice(2),
];
await run(process.execPath, serverArguments);

/** Whether node_modules is there and no older than the lock file. */
function isInstalled() {
  const record = `${root}/node_modules/.package-lock.json`;
  return existsSync(record) && statSync(record).mtimeMs >= statSync(`${root}/package-lock.json`).mtimeMs;
}

/** Runs a command to its end; when it fails, so does this script. Signals are passed on to it. */
function run(command, commandArguments, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, commandArguments, { cwd: root, stdio: "inherit", ...options });
    const passOn = (signal) => child.kill(signal);
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, passOn);
    child.on("error", (error) => {
      console.error(`${command} could not be started: ${error.message}`);
      process.exit(1);
    });
    child.on("exit", (code, signal) => {
      for (const name of ["SIGINT", "SIGTERM"]) process.off(name, passOn);
      if (code === 0) resolve();
      else process.exit(code ?? (signal === "SIGINT" ? 130 : 1));
    });
  });
}
