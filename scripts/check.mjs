// `npm run check`: format, lint, types and unit tests.
import { installPackages } from "./run.mjs";
import { check, printTotal } from "./steps.mjs";

installPackages();
await check();
printTotal();
