// `npm run build`: what ships, into dist/. Also runs before `npm pack` and `npm publish`, so that a fresh clone packs
// everything.
import { leaveOutInternalTypes } from "./public-types.mjs";
import { installPackages, run } from "./run.mjs";

installPackages();
run("npx", ["vite", "build", "--logLevel", "warn"]);
run("npx", ["tsc", "-b", "tsconfig.app.json", "tsconfig.workbox.json", "tsconfig.testing.json"]);
await leaveOutInternalTypes();
