// Bundles each entry as an app would and holds its size, minified and gzipped, against size-budget.json. What goes
// into the same script as another entry (`beside`) is measured by how much larger that script becomes. What it `lacks`
// must not be in it: nobody ships what they do not use. With --json it says the sizes alone.
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { ROOT } from "./run.mjs";

const budgets = JSON.parse(await readFile(`${ROOT}size-budget.json`, "utf8"));
const isJson = process.argv.includes("--json");
const measured = [];

for (const budget of budgets) {
  const { entry, beside, lacks = [], name, limitBytes } = budget;
  const code = await bundle(beside === undefined ? [entry] : [beside, entry]);
  const sizeBytes = zippedBytes(code) - (beside === undefined ? 0 : zippedBytes(await bundle([beside])));
  measured.push({ ...budget, sizeBytes });
  const stowaway = lacks.find((text) => code.toLowerCase().includes(text));
  if (stowaway !== undefined) throw new Error(`"${stowaway}" is in the ${name}, which does not use it.`);
  const verdict = sizeBytes <= limitBytes ? "ok  " : "OVER";
  if (!isJson) console.log(`${verdict}  ${name}: ${sizeBytes} of ${limitBytes} bytes, min+gzip`);
}

if (isJson) console.log(JSON.stringify(measured));
if (measured.some(({ sizeBytes, limitBytes }) => sizeBytes > limitBytes)) process.exitCode = 1;

async function bundle(entries) {
  const [output] = await build({
    configFile: false,
    logLevel: "error",
    publicDir: false,
    define: { "process.env.NODE_ENV": '"production"' },
    resolve: { dedupe: ["idb"] },
    plugins: [together(entries)],
    build: {
      write: false,
      minify: true,
      target: "es2022",
      lib: {
        entry: entries.length === 1 ? ROOT + entries[0] : "virtual:together",
        formats: ["iife"],
        name: "size",
      },
    },
  });
  return output.output[0].code;
}

function zippedBytes(code) {
  return gzipSync(code, { level: 9 }).byteLength;
}

/** An app's script that uses all of the entries. */
function together(entries) {
  const id = "\0together";
  return {
    name: "together",
    enforce: "pre",
    // Vite makes a path of the entry's name.
    resolveId: (source) => (source.endsWith("virtual:together") ? id : undefined),
    load: (source) =>
      source === id ? entries.map((entry) => `export * from "${ROOT}${entry}";`).join("\n") : undefined,
  };
}
