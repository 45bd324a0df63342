// `npm run mutants`: which small faults in the folders below do the tests in Node not notice?
//   npm run mutants                          all folders: hours on two cores the first time, then only what changed
//   npm run mutants -- src/store             a folder, or files: src/store/sweep.ts
//   npm run mutants -- --changed [branch]    only the lines changed since main, or since another branch
import { Stryker } from "@stryker-mutator/core";
import { changedLines } from "./changed-lines.mjs";
import { FOLDERS } from "./mutant-folders.mjs";
import { ROOT } from "./run.mjs";

const ENOUGH = 85;
process.chdir(ROOT);
// A property finds a mutant with its first cases, or hardly ever.
process.env.FUZZ_FACTOR ??= "0.02";

const [first, ...rest] = process.argv.slice(2);
const wanted = first === "--changed" ? changedLines(rest[0] ?? "main") : [first ?? "src", ...rest];
let isEnough = true;
let isAnything = false;
for (const [folder, { tests, files }] of Object.entries(FOLDERS)) {
  const mutate = inFolder(folder, files);
  if (mutate.length === 0) continue;
  isAnything = true;
  process.env.MUTANTS_TESTS = tests.join();
  const name = folder.replaceAll("/", "-");
  const isPart = first === "--changed";
  const mutants = await new Stryker({
    mutate,
    incremental: !isPart,
    incrementalFile: `.cache/mutants/${name}.json`,
    jsonReporter: { fileName: `.cache/mutants/report-${name}.json` },
  }).runMutationTest();
  isEnough = print(folder, mutants) && isEnough;
}
if (!isAnything)
  console.log(
    `Nothing of ${Object.keys(FOLDERS).join(", ")} is ${first === "--changed" ? "changed" : "meant"}.`,
  );
process.exit(isEnough && (isAnything || first === "--changed") ? 0 : 1);

/** Patterns for Stryker: the folder, or what of it is wanted. */
function inFolder(folder, files = ["**/*"]) {
  const all = files.map((file) => `${folder}/${file}.ts`);
  const isWhole = wanted.some((path) => `${folder}/`.startsWith(`${path.replace(/\/$/, "")}/`));
  const isHere = (path) =>
    files[0] === "**/*" ? path.startsWith(`${folder}/`) : all.includes(path.split(":")[0]);
  return isWhole ? all : wanted.filter(isHere);
}

/** Prints the survivors and the counts of a folder; returns whether enough were killed. */
function print(folder, mutants) {
  const of = (status) => mutants.filter((mutant) => mutant.status === status);
  const unnoticed = [...of("Survived"), ...of("NoCoverage")];
  for (const mutant of unnoticed.sort(byPlace)) {
    const text = mutant.replacement.replaceAll(/\s+/g, " ");
    const covered = mutant.status === "NoCoverage" ? " (no test runs it)" : "";
    console.log(`${placeOf(mutant)} ${mutant.mutatorName}: ${text}${covered}`);
  }
  const killed = of("Killed");
  const noticed = killed.length + of("Timeout").length;
  const all = noticed + unnoticed.length;
  const score = all === 0 ? 100 : (100 * noticed) / all;
  console.table({
    [folder]: {
      mutants: all,
      killed: killed.length,
      "of them by waiting": killed.filter(({ statusReason }) => /timed out/i.test(statusReason ?? "")).length,
      timeouts: of("Timeout").length,
      survivors: of("Survived").length,
      "no test": of("NoCoverage").length,
      "score %": score.toFixed(1),
    },
  });
  return score >= ENOUGH;
}

function byPlace(one, other) {
  return one.fileName.localeCompare(other.fileName) || one.location.start.line - other.location.start.line;
}

function placeOf({ fileName, location }) {
  return `${fileName.replace(ROOT, "")}:${location.start.line}:${location.start.column}`;
}
