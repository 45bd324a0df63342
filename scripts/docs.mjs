// `npm run docs`: the documentation site, into dist-site/, without the network: the reference of the types, the pages, and
// a check of every link. `npm run docs -- --serve` shows the pages while you write them.
import { installPackages, ROOT, run } from "./run.mjs";

const site = { cwd: `${ROOT}website` };

installPackages();
run("node", ["website/reference.mjs"]);
if (process.argv.includes("--serve")) run("npx", ["vitepress", "dev"], site);
else {
  run("npx", ["vitepress", "build"], site);
  run("node", ["website/check-links.mjs"]);
}
