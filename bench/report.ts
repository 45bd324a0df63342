// Writes the kept runs into docs/performance.md: npx tsx bench/report.ts
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { reportOf, withReport } from "./report-table.ts";
import { keptRuns } from "./results.ts";

const PAGE = fileURLToPath(new URL("../docs/performance.md", import.meta.url));

await writeFile(PAGE, withReport(await readFile(PAGE, "utf8"), reportOf(await keptRuns())));
