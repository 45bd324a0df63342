// Holds what an app gets against size-budget.json: an app of the budget's code is built with Vite from the packed
// tarball, and its script is minified and gzipped. `beside` is what the app has already: the figure is by how much its
// script grows. A `file` is measured as it ships. What a script `lacks` must not be in it: nobody ships what they do
// not use. With --json it says the sizes alone. Needs a build in dist/.
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { build, minify } from "vite";
import { withInstalledPackage } from "./packed.mjs";
import { ROOT } from "./run.mjs";

const budgets = JSON.parse(await readFile(`${ROOT}size-budget.json`, "utf8"));
const isJson = process.argv.includes("--json");
const showsModules = process.argv.includes("--modules");
const measured = [];

await withInstalledPackage(async (directory) => {
  for (const budget of budgets) {
    const { app, beside, file, lacks = [], name, limitBytes } = budget;
    const { code, modules } =
      file === undefined
        ? await bundle([beside ?? "", app], directory)
        : {
            code: await readFile(`${directory}/node_modules/background-session/${file}`, "utf8"),
            modules: {},
          };
    const besideBytes = beside === undefined ? 0 : zippedBytes((await bundle([beside], directory)).code);
    const sizeBytes = zippedBytes(code) - besideBytes;
    measured.push({ ...budget, sizeBytes });
    const stowaway = lacks.find((text) => code.toLowerCase().includes(text));
    if (stowaway !== undefined) throw new Error(`"${stowaway}" is in the ${name}, which does not use it.`);
    const verdict = sizeBytes <= limitBytes ? "ok  " : "OVER";
    if (!isJson) console.log(`${verdict}  ${name}: ${sizeBytes} of ${limitBytes} bytes, min+gzip`);
    if (showsModules && beside === undefined) await printModules(modules);
  }
});

if (isJson) console.log(JSON.stringify(measured));
if (measured.some(({ sizeBytes, limitBytes }) => sizeBytes > limitBytes)) process.exitCode = 1;
for (const { quoted = {}, sizeBytes } of measured)
  for (const quote of Object.entries(quoted)) await checkQuote(quote, sizeBytes);

/** Checks that a document names this size, where `%` stands for it in its words: in kB, with two digits at least. */
async function checkQuote([document, words], sizeBytes) {
  const sizeKB = (sizeBytes / 1000).toFixed(sizeBytes < 10_000 ? 1 : 0);
  const text = (await readFile(ROOT + document, "utf8")).replaceAll(/\s+/g, " ");
  const sentence = words.replace("%", sizeKB);
  if (!text.includes(sentence)) throw new Error(`${document} does not say "${sentence}".`);
}

/** Builds an app of these lines of code. */
async function bundle(lines, directory) {
  const id = `${directory}/app.js`;
  const [output] = await build({
    root: directory,
    configFile: false,
    logLevel: "error",
    publicDir: false,
    plugins: [
      {
        name: "app",
        resolveId: (source) =>
          source.endsWith("app.js") && !source.includes("node_modules") ? id : undefined,
        load: (source) => (source === id ? lines.join("\n") : undefined),
      },
    ],
    build: {
      write: false,
      minify: true,
      target: "es2022",
      lib: { entry: "app.js", formats: ["iife"], name: "app" },
      // An app has its framework already.
      rolldownOptions: {
        external: ["react", "vue", /^@uppy\//],
        output: { globals: { react: "React", vue: "Vue", "@uppy/core": "Uppy", "@uppy/core/utils": "Uppy" } },
      },
    },
  });
  return output.output[0];
}

/** Prints by how much the app would be smaller without each of its modules. */
async function printModules(modules) {
  const parts = await Promise.all(
    Object.entries(modules)
      .filter(([, { code }]) => code)
      .map(async ([id, { code }]) => [id.split("node_modules/").at(-1), await minifiedPart(id, code)]),
  );
  const without = (name) =>
    zippedBytes(
      parts
        .filter(([other]) => other !== name)
        .map(([, code]) => code)
        .join("\n"),
    );
  const whole = without(undefined);
  const rows = parts.map(([name]) => [whole - without(name), name]).sort(([a], [b]) => b - a);
  for (const [bytes, name] of rows) console.log(`      ${String(bytes).padStart(5)}  ${name}`);
}

/** One module of a bundle by itself: nothing in it looks used, so that it is not compressed further. */
async function minifiedPart(id, code) {
  const options = {
    module: true,
    mangle: { toplevel: true },
    compress: false,
    codegen: { removeWhitespace: true },
  };
  return (await minify(id, code, options)).code;
}

function zippedBytes(code) {
  return gzipSync(code, { level: 9 }).byteLength;
}
