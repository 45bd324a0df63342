import { installBrowsers } from "./browsers.mjs";
import { installPackages, run } from "./run.mjs";
import { installServers } from "./servers.mjs";

// Everything that must hold, on a fresh clone too: `npm test`. Arguments go to Playwright: `npm test -- reload`.
installPackages();
await installBrowsers();
installServers();
run("npx", ["biome", "ci"]);
run("npx", ["knip"]);
run("npx", ["vite", "build"]);
run("npx", ["tsc", "-b"]);
run("npx", ["vitest", "run"]);
run("node", ["scripts/check-package.mjs"]);
run("node", ["scripts/check-samples.mjs"]);
run("node", ["scripts/check-size.mjs"]);
run("npx", ["playwright", "test", ...process.argv.slice(2)]);
