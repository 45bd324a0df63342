// `npm run test:quick`: `npm run check`, then the core browser tests in Chromium. Arguments go to Playwright.
import { installBrowsers } from "./browsers.mjs";
import { installPackages } from "./run.mjs";
import { build, check, printTotal, step } from "./steps.mjs";

installPackages();
await installBrowsers();
await build();
await check();
const core = ["playwright", "test", "--project=chromium", "--grep=@core", ...process.argv.slice(2)];
await step("core browser tests in Chromium", core);
printTotal();
