import type { Figure } from "./figure.ts";
import type { Run } from "./results.ts";
import { numberText } from "./table.ts";

const [BEGIN, END] = ["<!-- report -->", "<!-- /report -->"];

/** Returns the page with another report. @throws Error if the page does not have both marks, once and in order */
export function withReport(page: string, report: string): string {
  const [before, rest = "", ...more] = page.split(BEGIN);
  const [, after, ...others] = rest.split(END);
  if (after === undefined || before?.includes(END) || more.length + others.length > 0) {
    throw new Error(`The page must have ${BEGIN} and then ${END}, each once.`);
  }
  return `${before}${BEGIN}\n\n${report}\n${END}${after}`;
}

/** Returns a table for each engine: of each figure the latest run that has it. */
export function reportOf(runs: readonly Run[]): string {
  if (runs.length === 0) return "No run has been kept yet.\n";
  const engines = [...new Set(runs.map(({ engine }) => engine))].toSorted();
  return engines.map((engine) => tableOf(engine, byTime(runs, engine))).join("\n");
}

function byTime(runs: readonly Run[], engine: string): Run[] {
  return runs.filter((run) => run.engine === engine).toSorted((a, b) => (a.at < b.at ? -1 : 1));
}

function tableOf(engine: string, runs: readonly Run[]): string {
  const latest = new Map<string, readonly [Figure, Run]>();
  for (const run of runs) for (const figure of run.figures) latest.set(keyOf(figure), [figure, run]);
  const used = runs.filter((run) => [...latest.values()].some(([, its]) => its === run));
  const rows = [...latest.entries()]
    .toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
    .map(([, [figure, run]]) => rowOf(figure, used.indexOf(run) + 1));
  return [
    `### In ${engine}\n`,
    "| number | what | ours | peer | bare loop or limit | goal | reached | pairs | run |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
    ...used.map((run, index) => `${index + 1}. ${describe(run)}`),
    "",
  ].join("\n");
}

function keyOf({ name, amount }: Figure): string {
  return amount === undefined ? name : `${name}, ${amount}`;
}

function rowOf(figure: Figure, run: number): string {
  const { title, unit, ours, peer, peerName, limit, limitName, goal, holds, notes, pairs } = figure;
  const cells = [
    keyOf(figure),
    [title, ...notes].join("; "),
    `${numberText(ours)} ${unit}`,
    against(peer, peerName, unit, figure.ratioToPeer, figure.spreadToPeer),
    against(limit, limitName, unit, figure.ratioToLimit, figure.spreadToLimit),
    goal,
    holds === null ? "" : holds ? "yes" : "**no**",
    String(pairs),
    String(run),
  ];
  return `| ${cells.map(escaped).join(" | ")} |`;
}

/** In a cell, these would be tags or borders. */
function escaped(text: string): string {
  return text.replaceAll(/[<|]/g, "\\$&");
}

function against(
  value: number | null,
  who: string | null,
  unit: string,
  ratio: number | null,
  spread: Figure["spreadToPeer"],
): string {
  if (value === null) return "";
  const range = spread === null ? "" : ` (${numberText(spread[0])}–${numberText(spread[1])})`;
  return `${numberText(value)} ${unit}, ${who}${ratio === null ? "" : `: ${numberText(ratio)} ×${range}`}`;
}

function describe({ at, commit, browser, machine, load }: Run): string {
  const { processor, cores, memoryGiB, system, node } = machine;
  return (
    `${at.slice(0, 10)}, commit ${commit}: ${browser}; ${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, ` +
    `Node ${node}; load ${load.join(", ")} before it began.`
  );
}
