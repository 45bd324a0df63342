// `npm start`: installs what is missing, builds the demo app and serves it. Arguments go to server/main.ts,
// e.g. `npm start -- --port 9000`.
import { spawn } from "node:child_process";
import { installPackages, ROOT } from "./run.mjs";

installPackages();

console.log("Building the demo app …");
await run("npx", ["vite", "build", "-c", "demo/vite.config.ts", "--logLevel", "warn"], {
  shell: process.platform === "win32",
});

console.log("Starting the server; Ctrl+C stops it. Open this address in a browser:");
const serverArguments = [
  "--import",
  "tsx",
  "server/main.ts",
  "--static",
  "dist-demo",
  ...process.argv.slice(2),
];
await run(process.execPath, serverArguments);

/** Runs a command to its end; when it fails, so does this script. Signals are passed on to it. */
function run(command, commandArguments, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, commandArguments, { cwd: ROOT, stdio: "inherit", ...options });
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
