// Builds an app of examples/ from the packed package, and serves it with the test server: npm run example vite
import { buildExample, exampleNames, prepareExamples, startOwnServer } from "./examples.mjs";
import { installPackage } from "./packed.mjs";
import { installPackages, run } from "./run.mjs";

const [name, ...rest] = process.argv.slice(2);
const names = await exampleNames();
if (!names.includes(name)) {
  console.error(`Say which example: npm run example ${names.join(" | ")}`);
  process.exit(1);
}
installPackages();
run("npm", ["run", "build"]);
await prepareExamples(await installPackage());
const directories = await buildExample(name);
const own = await startOwnServer(name);
if (own) {
  // The test server ends by itself, and then the app's.
  process.once("SIGINT", () => {});
  process.once("exit", own.end);
}
run(process.execPath, [
  "--import",
  "tsx",
  "server/main.ts",
  ...directories.flatMap((it) => ["--static", it]),
  ...(own ? ["--behind", own.origin] : []),
  ...rest,
]);
