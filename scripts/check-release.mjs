// Before a release: the tag is that of the package's version, and the changelog has a dated section for it, with nothing
// left above. `node scripts/check-release.mjs v0.2.0`
import { readFile } from "node:fs/promises";
import { ROOT } from "./run.mjs";

const [tag] = process.argv.slice(2);
const { version } = JSON.parse(await readFile(`${ROOT}package.json`, "utf8"));
const [first = ""] = /^## .*$/m.exec(await readFile(`${ROOT}CHANGELOG.md`, "utf8")) ?? [];

const faults = [];
if (tag !== `v${version}`) faults.push(`The tag is ${tag}, and package.json says ${version}.`);
if (!new RegExp(`^## ${version.replaceAll(".", "\\.")} - \\d{4}-\\d{2}-\\d{2}$`).test(first))
  faults.push(`CHANGELOG.md begins with "${first}" instead of "## ${version} - " and a date.`);
for (const fault of faults) console.error(`✗ ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;
