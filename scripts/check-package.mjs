// Checks the package as somebody gets it who installs it: publint, are-the-types-wrong, small consumers compiled against
// it, a test of an app, and every entry imported on a server. Needs a build in dist/.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { withInstalledPackage } from "./packed.mjs";
import { ROOT } from "./run.mjs";

const execute = promisify(execFile);
const bin = (name) => join(ROOT, "node_modules", ".bin", name);

const PAGE = `
import { BackgroundSession, type BackgroundTask, SessionError } from "background-session";

export async function check(): Promise<void> {
  const session = await BackgroundSession.open("com.example.check", {
    delegate: { didFinishDownloading: (task: BackgroundTask, file: File) => console.log(task.id, file.size) },
  });
  await session.downloadTask("/file").resume();
  await session.uploadTask("/photos", new Blob(["photo"]), { protocol: "tus" }).resume();
  await session.uploadTask("/bytes", new Uint8Array(8)).resume();
  // @ts-expect-error The types are there: a misspelt option is an error.
  session.downloadTask("/file", { prioritty: 1 });
}
export const isError = (error: unknown): boolean => error instanceof SessionError;
export const made = new SessionError("cancelled", "…", { cause: new Error("why") });
`;

/** What `@types/trusted-types` declares, which an app may have. */
const TRUSTED = `
import { BackgroundSession } from "background-session";

declare class Trusted {
  private constructor();
  private brand: true;
}
declare global {
  interface Window {
    TrustedScriptURL: typeof Trusted;
  }
}

export async function check(url: Trusted): Promise<void> {
  await BackgroundSession.open("com.example.check", { serviceWorker: url });
  await BackgroundSession.open("com.example.check", { serviceWorker: { url, type: "module" } });
  // @ts-expect-error A trusted text of another kind is no script.
  await BackgroundSession.open("com.example.check", { serviceWorker: { html: "" } });
}
`;

const WORKER = `
import { startDaemon } from "background-session/daemon";
import { destinations } from "background-session/destinations";
import { ietf } from "background-session/ietf";
import { s3 } from "background-session/s3";
import { signWithCredentials } from "background-session/s3-credentials";
import { tus } from "background-session/tus";
import { uploadProtocol } from "background-session/upload-protocol";
import { adoptQueue, BackgroundSessionPlugin } from "background-session/workbox";

export const plugin = new BackgroundSessionPlugin("com.example.check", { queue: "orders", respond: "always" });
adoptQueue("orders", { session: "com.example.check", completion: { handler: "sent" } });
// @ts-expect-error The types are there: a misspelt option is an error.
adoptQueue("orders", { session: "com.example.check", maxRetention: 5 });
const bucket = s3({ sign: ({ method, kind }, { originalRequest }) => ({ url: originalRequest.url + kind + method }) });
// @ts-expect-error The types are there: a table lacks a function.
uploadProtocol({ name: "blocks" });
const own = s3({ sign: signWithCredentials({ credentials: () => ({ accessKeyId: "id", secretAccessKey: "secret" }), region: "auto" }) });
startDaemon({ uploadProtocols: [tus, ietf, bucket, own], destinations });
startDaemon({ onlog: ({ level, message }) => console.log(level, message) });
// @ts-expect-error The types are there: a misspelt option is an error.
startDaemon({ onLog: () => {} });
`;

const TESTS = `
import { BackgroundSession, type SessionDelegate } from "background-session";
import { type ContractServer, createTestTask, createTestWorld, uploadProtocolContract } from "background-session/testing";
import { tus } from "background-session/tus";
export { killPage, killWorker, wakeWorker } from "background-session/testing/playwright";

export const cases: string[] = uploadProtocolContract({ protocol: tus, server: () => ({}) as ContractServer }).map(({ name }) => name);

export async function check(delegate: SessionDelegate): Promise<void> {
  delegate.didComplete?.(createTestTask({ response: 404 }), undefined, { eventId: "1", delivery: 1 });
  await using world = createTestWorld({ handleEventsForBackgroundSession: (_, completionHandler) => completionHandler() });
  const session = await world.load(() => BackgroundSession.open("com.example.check", { delegate }));
  await world.finish(session.downloadTask("/file"), 200, "body");
  // @ts-expect-error The types are there: there is no such code.
  await world.fail(createTestTask(), "unknown");
}
`;

/** A test of an app's delegate that needs nothing but the package and a runner, which has `test` and `equal`. */
const appTest = (runner) => `
${runner}
import { BackgroundSession } from "background-session";
import { createTestWorld } from "background-session/testing";

test("a delegate gets its file, in the page and after a reload", async () => {
  const files = [];
  const delegate = { didFinishDownloading: async (_, file) => void files.push(await file.text()) };
  const world = createTestWorld();
  const start = () => BackgroundSession.open("com.example.check", { serviceWorker: "/sw.js", delegate });
  const session = await world.load(start);
  const tasks = ["a", "b"].map((id) => session.downloadTask("/" + id, { id }));
  for (const task of tasks) await task.resume();
  await world.finish(tasks[0], 200, "first");
  await world.reload();
  await world.finish(tasks[1], 200, "second");
  equal(files, ["first", "second"]);
  await world.close();
});
`;

const IN_NODE = `
import { deepEqual as equal } from "node:assert/strict";
import { test } from "node:test";`;

const IN_VITEST = `
import { expect, test } from "vitest";
const equal = (actual, expected) => expect(actual).toEqual(expected);
test("there is a document", () => equal(typeof document, "object"));`;

/** Where apps are tested that have a document. */
const DOCUMENTS = ["jsdom", "happy-dom"];

/** An app's own doubles of a session and its tasks. */
const DOUBLES = await readFile(join(ROOT, "tests/consumers/doubles.ts"), "utf8");

const UPPY = `
import Uppy from "@uppy/core";
import { BackgroundSession } from "background-session";
import { BackgroundSessionUploader } from "background-session/uppy";

type Meta = { album: string };
type Answer = { photo: number };
const uppy = new Uppy<Meta, Answer>({ id: "photos" }).use(BackgroundSessionUploader, {
  session: BackgroundSession.open("com.example.check"),
  endpoint: (file) => ({ url: "/photos", headers: { "X-Album": String(file.meta.album) } }),
  protocol: "tus",
  completion: (file, { response }) => console.log(file.name, response?.status),
});
uppy.on("upload-success", (file, { body }) => console.log(body?.photo.toFixed()));
const plugin: BackgroundSessionUploader<Meta, Answer> | undefined = uppy.getPlugin("BackgroundSessionUploader");
console.log(plugin?.opts.endpoint);
// @ts-expect-error The types are there: a misspelt option is an error.
uppy.use(BackgroundSessionUploader, { session: "a", endpoint: "/a", protokol: "tus" });
// @ts-expect-error It cannot do without an endpoint.
uppy.use(BackgroundSessionUploader, { session: "a" });
`;

/** The compilers that consumers use: the oldest that we support, and the newest. */
const COMPILERS = {
  "TypeScript 5.4": join(ROOT, "tests/consumers/node_modules/typescript/bin/tsc"),
  "TypeScript 7": join(ROOT, "node_modules/typescript/bin/tsc"),
};

/** Each consumer: its code, the types that it has, and how it resolves modules. */
const CONSUMERS = Object.keys(COMPILERS).flatMap((compiler) =>
  ["bundler", "nodenext"].flatMap((moduleResolution) => [
    { compiler, file: "page.ts", code: PAGE, lib: ["es2020", "dom"], moduleResolution },
    { compiler, file: "trusted.ts", code: TRUSTED, lib: ["es2020", "dom"], moduleResolution },
    { compiler, file: "tests.ts", code: TESTS, lib: ["es2020", "dom"], moduleResolution },
    { compiler, file: "doubles.ts", code: DOUBLES, lib: ["es2020", "dom"], moduleResolution },
    { compiler, file: "worker.ts", code: WORKER, lib: ["es2020", "webworker"], moduleResolution },
    // Uppy's own types need more.
    {
      compiler,
      file: "uppy.ts",
      code: UPPY,
      lib: ["es2022", "dom", "dom.iterable"],
      moduleResolution,
      skipLibCheck: true,
    },
  ]),
);

/** The licences of what is bundled, which the build collects. */
const NOTICES = ["dist/THIRD-PARTY.md", "dist/vendor/THIRD-PARTY.md", "dist/vendor/fake-indexeddb.md"];

let failures = 0;

/** Does one check and prints one line, and what it said if it failed. */
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

async function compile({ compiler, file, code, lib, moduleResolution, skipLibCheck = false }, directory) {
  const project = join(directory, `${moduleResolution}-${file}.json`);
  const module = moduleResolution === "nodenext" ? "nodenext" : "esnext";
  const compilerOptions = {
    strict: true,
    skipLibCheck,
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
  await execute(process.execPath, [COMPILERS[compiler], "-p", project], { cwd: directory });
}

/** Importing an entry on a server must do nothing, say nothing, and keep no process alive; its framework may. */
async function importOnServer(name, directory) {
  const script = `
    await Promise.all([import("react"), import("vue"), import("@uppy/core")]);
    const before = Object.getOwnPropertyNames(globalThis).length;
    await import(${JSON.stringify(name)});
    console.log(Object.getOwnPropertyNames(globalThis).length - before);`;
  const node = [
    process.execPath,
    ["--input-type=module", "--eval", script],
    { cwd: directory, timeout: 20_000 },
  ];
  const { stdout, stderr } = await execute(...node);
  if (stdout.trim() !== "0" || stderr !== "") throw new Error(`it left ${stdout} names, and said: ${stderr}`);
}

function missing(files, installed) {
  const lacking = files.filter((name) => !existsSync(join(installed, name)));
  if (lacking.length > 0) throw new Error(`not in the tarball: ${lacking.join(", ")}`);
}

/** What is bundled: the scripts that stand alone have the dependencies in them, and all is in vendor/ that modules use. */
async function missingLicences(installed) {
  const vendor = await readdir(join(installed, "dist/vendor"), { recursive: true });
  const bundled = vendor
    .map((path) => /^((?:@[^/]+\/)?[^/@]+?)(?:\.js|\/.*)$/.exec(path.replaceAll("\\", "/"))?.[1])
    .filter((name) => name !== undefined && !name.endsWith(".md"));
  const texts = await Promise.all(
    NOTICES.map(async (path) => (await readFile(join(installed, path), "utf8")).split(/^## /m).slice(1)),
  );
  const licensed = texts
    .flat()
    .filter((text) => /copyright|licensor/i.test(text))
    .map((text) => text.split(" - ")[0]);
  const names = new Set([...Object.keys(dependencies), ...bundled]);
  const lacking = [...names].filter((name) => !licensed.includes(name));
  if (names.size < 4 || lacking.length > 0)
    throw new Error(`without the text of a licence: ${lacking.join(", ")}`);
}

if (!existsSync(join(ROOT, "dist", "sw.js"))) {
  console.log("FAIL  there is no build: npm run build");
  process.exit(1);
}

const { dependencies, exports } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
/** See docs/releasing.md for what it would weigh otherwise. */
const LIMIT_BYTES = 586_000;
const entries = Object.keys(exports).filter((name) => !name.endsWith(".json"));
const files = ["CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", ...NOTICES];

await withInstalledPackage(async (directory, tarball) => {
  const installed = join(directory, "node_modules/background-session");
  await check("publint --strict", () => execute(bin("publint"), [installed, "--strict", "--pack", "false"]));
  await check("attw --profile esm-only", () =>
    execute(bin("attw"), [
      tarball,
      "--profile",
      "esm-only",
      "--exclude-entrypoints",
      "./sw.js",
      "./sw-workbox.js",
    ]),
  );
  await check("the tarball has the documents", async () => missing(files, installed));
  await check("the tarball has the licences of all that is bundled", () => missingLicences(installed));
  const { size } = await stat(tarball);
  await check(`the tarball has ${size} of ${LIMIT_BYTES} bytes`, async () => {
    if (size > LIMIT_BYTES) throw new Error("It is too large: docs/releasing.md says what is in it.");
  });
  for (const entry of entries) {
    const name = entry.replace(".", "background-session");
    await check(`${name} does nothing on a server`, () => importOnServer(name, directory));
  }
  await check("a test of an app runs in node:test", async () => {
    await writeFile(join(directory, "app.test.mjs"), appTest(IN_NODE));
    await execute(process.execPath, ["--test", "app.test.mjs"], { cwd: directory, timeout: 60_000 });
  });
  for (const name of ["vitest", ...DOCUMENTS])
    await symlink(join(ROOT, "node_modules", name), join(directory, "node_modules", name), "dir");
  for (const environment of DOCUMENTS)
    await check(`a test of an app runs in vitest with ${environment}`, async () => {
      await writeFile(join(directory, "document.test.mjs"), appTest(IN_VITEST));
      await execute(bin("vitest"), ["run", "--environment", environment, "document.test.mjs"], {
        cwd: directory,
        timeout: 60_000,
      });
    });
  for (const consumer of CONSUMERS) {
    const { compiler, file, moduleResolution } = consumer;
    await check(`${file} compiles with ${compiler}, moduleResolution ${moduleResolution}`, () =>
      compile(consumer, directory),
    );
  }
});

console.log(failures === 0 ? "The package is as it should be." : `${failures} checks failed.`);
process.exitCode = failures === 0 ? 0 : 1;
