// Compiles the TypeScript samples of the documentation against the types that ship, so that each can be copied as it
// stands, and runs those that are tests. Needs a build in dist/.
import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { ROOT } from "./run.mjs";

const DIRECTORY = `${ROOT}.cache/samples`;

/** What samples take from the app around them, or from the sample above. */
const PRELUDE = `
type Public = typeof import("background-session");
type BackgroundSession = import("background-session").BackgroundSession;
type SessionDelegate = import("background-session").SessionDelegate;
declare const BackgroundSession: Public["BackgroundSession"];
declare const startDaemon: typeof import("background-session/daemon").startDaemon;
declare const session: BackgroundSession;
declare const task: import("background-session").BackgroundTask;
declare const file: File;
declare const options: import("background-session").OpenOptions;
declare const podcasts: SessionDelegate;
declare const album: any, library: any, row: any;
/** What \`@types/trusted-types\` declares. */
interface Window {
  trustedTypes?: {
    createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
  };
}
declare const addPhoto: any, addVideo: any, freshAddress: any, freshToken: any, savePhoto: any, signedInUser: any;
`;

/** Where a sample runs, by what it uses: its types are others in a worker than in a page. */
const REALMS = {
  page: ["es2023", "dom", "dom.iterable"],
  worker: ["es2023", "webworker"],
};

await rm(DIRECTORY, { recursive: true, force: true });
const samples = (await Promise.all((await documents()).map(samplesIn))).flat();
const faults = [];
for (const [realm, lib] of Object.entries(REALMS)) {
  faults.push(
    ...(await faultsOf(
      realm,
      lib,
      samples.filter((sample) => sample.realm === realm),
    )),
  );
}
for (const fault of faults) console.log(`FAIL  ${fault}`);
if (faults.length === 0) console.log(`ok    ${samples.length} samples of the documentation compile`);
process.exitCode = faults.length === 0 && (await runTests()) ? 0 : 1;

async function documents() {
  const guides = await readdir(`${ROOT}docs`, { recursive: true });
  return [
    "README.md",
    "SECURITY.md",
    ...guides.filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`),
  ];
}

async function samplesIn(document) {
  const text = withoutDiffs(await readFile(ROOT + document, "utf8"));
  return [...text.matchAll(/^```(tsx?)\n(.*?)^```/gms)].map((match, index) => ({
    document,
    name: `${document.replaceAll(/\W/g, "-")}/${nameOf(match[2], match[1], index)}`,
    /** Of the document, before the first line of the code. */
    line: text.slice(0, match.index).split("\n").length,
    code: match[2],
    realm: match[2].includes("startDaemon") ? "worker" : "page",
  }));
}

/** Others of the document may import a sample that begins with the name of a file. A test is run by its name. */
function nameOf(code, language, index) {
  const ending = code.includes('from "vitest"') ? `test.${language}` : language;
  return /^\/\/ (\S+\.tsx?)\n/.exec(code)?.[1] ?? `${index + 1}.${ending}`;
}

/** A diff becomes what it shows after the change, on the same lines. */
function withoutDiffs(text) {
  return text.replaceAll(
    /^```diff\n(.*?)^```/gms,
    (_, diff) => `\`\`\`ts\n${diff.replaceAll(/^(?:-.*|[+ ])/gm, "")}\`\`\``,
  );
}

/** Compiles samples. @returns what is wrong, with the place in the document */
async function faultsOf(realm, lib, some) {
  const directory = `${DIRECTORY}/${realm}`;
  await mkdir(directory, { recursive: true });
  await writeFile(`${directory}/prelude.d.ts`, PRELUDE);
  // Each is a module of its own, on the same lines as in its fence.
  for (const { name, code } of some) {
    await mkdir(dirname(`${directory}/${name}`), { recursive: true });
    await writeFile(`${directory}/${name}`, `${code}export {};\n`);
  }
  const paths = { "background-session": ["app"], "background-session/daemon": ["sw"] };
  for (const name of ["react", "vue", "media", "testing", "uppy", "workbox"])
    paths[`background-session/${name}`] = [name];
  paths["background-session/testing/playwright"] = ["testing", "playwright"];
  for (const name of ["tus", "ietf", "integrity"]) paths[`background-session/${name}`] = [`sw/${name}`];
  const compilerOptions = {
    target: "es2022",
    module: "esnext",
    moduleResolution: "bundler",
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    lib,
    jsx: "react-jsx",
    types: ["node", "vite/client"],
    paths: Object.fromEntries(
      Object.entries(paths).map(([name, [folder, file = "index"]]) => [
        name,
        [`${ROOT}dist/types/${folder}/${file}.d.ts`],
      ]),
    ),
  };
  await writeFile(
    `${directory}/tsconfig.json`,
    JSON.stringify({ compilerOptions, include: ["**/*.ts", "**/*.tsx"] }),
  );
  const { status, stdout, stderr } = spawnSync("npx", ["tsc", "-p", directory, "--pretty", "false"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const found = stdout.split("\n").filter((line) => line.includes("error TS"));
  if (status !== 0 && found.length === 0) return [`the compiler did not run: ${stdout}${stderr}`];
  return found.map((line) => placed(line, some));
}

/** Runs the samples that are tests with the package as it was built. @returns whether they pass */
async function runTests() {
  // Not the configuration of our own tests; a shared machine may be slow. Playwright's are run in a browser.
  const options = '{ testTimeout: 60_000, exclude: ["**/*.spec.ts"] }';
  await writeFile(`${DIRECTORY}/vitest.config.mjs`, `export default { test: ${options} };\n`);
  const { status, stdout, stderr } = spawnSync("npx", ["vitest", "run", "--root", "."], {
    cwd: DIRECTORY,
    encoding: "utf8",
  });
  console.log(status === 0 ? "ok    those that are tests pass" : `FAIL  ${stdout}${stderr}`);
  return status === 0;
}

function placed(message, some) {
  const [, name, line, what] = /([^/]+\/[^/]+\.tsx?)\((\d+),\d+\): (.*)/.exec(message) ?? [];
  const sample = some.find((one) => one.name === name);
  return sample === undefined ? message : `${sample.document}:${sample.line + Number(line)}: ${what}`;
}
