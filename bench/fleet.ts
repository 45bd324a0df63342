// Simulates the load of a fleet of clients on its server after an outage: npm run fleet -- [--json] [--clients n]
// [--seed n] [--plot]
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { plotFleet } from "./fleet/plot.ts";
import { POLICIES } from "./fleet/policies.ts";
import { type Scenario, simulate } from "./fleet/simulation.ts";
import { progress } from "./progress.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    plot: { type: "boolean", default: false },
    clients: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
  },
});

const PLOT = fileURLToPath(new URL("../docs/plots/fleet.svg", import.meta.url));
const MINUTE_MS = 60_000;
const clients = Number(values.clients);
/** The server could serve every client within 200 s. */
const fleet = { clients, capacity: Math.ceil(clients / 200), seed: Number(values.seed) };
const SCENARIOS: readonly (Scenario & { readonly title: string })[] = [10, 60].flatMap((minutes) => [
  { ...fleet, outageMs: minutes * MINUTE_MS, retryAfterMs: undefined, title: `${minutes} min, silent` },
  {
    ...fleet,
    outageMs: minutes * MINUTE_MS,
    retryAfterMs: 2 * MINUTE_MS,
    title: `${minutes} min, 503 with Retry-After: 120`,
  },
]);

for (const { title, ...scenario } of SCENARIOS) {
  progress(title);
  const runs = POLICIES.map((policy) => ({ name: policy.name, ...simulate(policy, scenario) }));
  if (values.json) {
    for (const { requests: _, ...run } of runs) console.log(JSON.stringify({ scenario: title, ...run }));
  } else {
    console.log(
      `\n${title}; ${clients.toLocaleString("en")} clients, ${scenario.capacity.toLocaleString("en")} a second`,
    );
    console.table(
      Object.fromEntries(
        runs.map((run) => [
          run.name,
          {
            "peak/s, out": run.peakDuring,
            "peak/s, back": run.peakAfter,
            "half served": seconds(run.halfServedSeconds),
            "99 % served": seconds(run.mostServedSeconds),
            "all served": seconds(run.allServedSeconds),
            "wasted each": Number(run.wasted.toFixed(1)),
            "over the limit": `${(run.givenUp * 100).toFixed(0)} %`,
          },
        ]),
      ),
    );
  }
  if (values.plot && title === SCENARIOS[1]?.title) {
    await mkdir(fileURLToPath(new URL(".", `file://${PLOT}`)), { recursive: true });
    await writeFile(PLOT, plotFleet(runs, scenario));
  }
}

function seconds(count: number | null): string {
  if (count === null) return "hours";
  return count >= 600 ? `${(count / 60).toFixed(0)} min` : `${count} s`;
}
