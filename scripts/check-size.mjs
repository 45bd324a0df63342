// Bundles each entry as an app would and holds its size, minified and gzipped, against size-budget.json.
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { ROOT } from "./run.mjs";

const budgets = JSON.parse(await readFile(`${ROOT}size-budget.json`, "utf8"));
let isOver = false;

for (const { name, entry, limitBytes } of budgets) {
  const [output] = await build({
    configFile: false,
    logLevel: "error",
    publicDir: false,
    define: { "process.env.NODE_ENV": '"production"' },
    resolve: { dedupe: ["idb"] },
    build: {
      write: false,
      minify: true,
      target: "es2022",
      lib: { entry: ROOT + entry, formats: ["iife"], name: "size" },
    },
  });
  const sizeBytes = gzipSync(output.output[0].code, { level: 9 }).byteLength;
  const verdict = sizeBytes <= limitBytes ? "ok  " : "OVER";
  isOver ||= sizeBytes > limitBytes;
  console.log(`${verdict}  ${name}: ${sizeBytes} of ${limitBytes} bytes, min+gzip`);
}

if (isOver) process.exitCode = 1;
