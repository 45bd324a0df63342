// Checks the package as somebody gets it who installs it: `npm pack` into a temporary directory, publint,
// are-the-types-wrong, and a small consumer compiled against the tarball. Needs a build in dist/.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name) => join(root, "node_modules", ".bin", name);

const PAGE = `
import { BackgroundSession, type BackgroundTask, SessionError } from "background-session";

const session = await BackgroundSession.open("com.example.check", {
  delegate: { didFinishDownloading: (task: BackgroundTask, file: File) => console.log(task.id, file.size) },
});
await session.downloadTask("/file").resume();
await session.uploadTask("/photos", new Blob(["photo"]), { protocol: "tus" }).resume();
// @ts-expect-error The types are there: a misspelt option is an error.
session.downloadTask("/file", { prioritty: 1 });
export const isError = (error: unknown): boolean => error instanceof SessionError;
`;

const WORKER = `
import { startDaemon } from "background-session/daemon";
import { ietf } from "background-session/ietf";
import { tus } from "background-session/tus";

startDaemon({ uploadProtocols: [tus, ietf] });
startDaemon({ onlog: ({ level, message }) => console.log(level, message) });
// @ts-expect-error The types are there: a misspelt option is an error.
startDaemon({ onLog: () => {} });
`;

/** One consumer: its code, the types it lives with, and how it resolves modules. */
const CONSUMERS = ["bundler", "nodenext"].flatMap((moduleResolution) => [
  { file: "page.ts", code: PAGE, lib: ["es2022", "dom"], moduleResolution },
  { file: "worker.ts", code: WORKER, lib: ["es2022", "webworker"], moduleResolution },
]);

let failures = 0;

/** Does one check and prints one line, and what it said where it failed. */
async function check(name, body) {
  try {
    await body();
    console.log(`ok    ${name}`);
  } catch (error) {
    failures += 1;
    console.log(`FAIL  ${name}`);
    console.log(`${error.stdout ?? ""}${error.stderr ?? ""}`.trim() || error.message);
  }
}

async function pack(directory) {
  const options = ["pack", "--ignore-scripts", "--json", "--pack-destination", directory];
  const { stdout } = await run("npm", options, { cwd: root });
  const [{ filename }] = JSON.parse(stdout);
  return join(directory, filename);
}

/** Lays the tarball out as npm does, with the dependencies of this checkout. */
async function install(tarball, directory) {
  const modules = join(directory, "node_modules");
  const target = join(modules, "background-session");
  await mkdir(target, { recursive: true });
  await run("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"]);
  await symlink(join(root, "node_modules", "idb"), join(modules, "idb"), "dir");
}

async function compile({ file, code, lib, moduleResolution }, directory) {
  const project = join(directory, `${moduleResolution}-${file}.json`);
  const module = moduleResolution === "nodenext" ? "nodenext" : "esnext";
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "es2022",
    types: [],
    module,
    moduleResolution,
    lib,
  };
  await writeFile(join(directory, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(join(directory, file), code);
  await writeFile(project, JSON.stringify({ compilerOptions, files: [file] }));
  await run(bin("tsc"), ["-p", project], { cwd: directory });
}

if (!existsSync(join(root, "dist", "index.js"))) {
  console.log("FAIL  there is no build: run npx vite build && npx tsc -b tsconfig.app.json tsconfig.sw.json");
  process.exit(1);
}

const directory = await mkdtemp(join(tmpdir(), "check-package-"));
try {
  let tarball = "";
  await check("npm pack", async () => {
    tarball = await pack(directory);
  });
  await check("publint --strict", () => run(bin("publint"), ["--strict"], { cwd: root }));
  await check("attw --profile esm-only", () =>
    run(bin("attw"), ["--pack", ".", "--profile", "esm-only", "--exclude-entrypoints", "./sw.js"], {
      cwd: root,
    }),
  );
  await check("unpacks as a dependency", () => install(tarball, directory));
  for (const consumer of CONSUMERS) {
    await check(`${consumer.file} compiles, moduleResolution ${consumer.moduleResolution}`, () =>
      compile(consumer, directory),
    );
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}

console.log(failures === 0 ? "The package is as it should be." : `${failures} checks failed.`);
process.exitCode = failures === 0 ? 0 : 1;
