// `npm run test:ceph`: uploads to Ceph, whose packages and their dependencies are too much for each run of `npm test`.
import { installBrowsers } from "./browsers.mjs";
import { installPackages } from "./run.mjs";
import { installCeph } from "./servers.mjs";
import { build, printTotal, step } from "./steps.mjs";

installPackages();
await installBrowsers();
installCeph();
await build();
await step("types", ["tsc", "-b"]);
const options = { env: { CEPH: "1" } };
await step(
  "tests in Node",
  ["vitest", "run", "--typecheck.enabled=false", "tests/contract/s3-ceph"],
  options,
);
await step("browser tests", ["playwright", "test", "--project=chromium", "s3-ceph"], options);
printTotal();
