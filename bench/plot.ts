// Draws how the numbers grow: npm run -s bench -- growth --json | npx tsx bench/plot.ts
import { mkdir, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Figure } from "./figure.ts";

const PLOTS = fileURLToPath(new URL("../docs/plots/", import.meta.url));

const [WIDTH, HEIGHT] = [560, 300];
/** The edges of the plotting area. */
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 540, 56, 252];

/** The title of each number's plot, and the label of its amounts. */
const TITLES: Readonly<Record<string, readonly [title: string, amounts: string]>> = {
  "make-tasks-growth": ["Making tasks, until durable", "tasks"],
  "drain-growth": ["Draining POSTs that take 50 ms", "tasks"],
  "download-growth": ["Downloading to disk", "MiB"],
  "open-growth": ["Opening a session, worker stopped", "finished tasks"],
};

interface Point {
  readonly amount: number;
  readonly elapsedMs: number;
}

const lines = (await text(process.stdin)).split("\n").filter((line) => line.startsWith("{"));
const figures = lines.map((line) => JSON.parse(line) as Figure);
await mkdir(PLOTS, { recursive: true });
for (const [name, [title, amounts]] of Object.entries(TITLES)) {
  const series = figures.filter((figure) => figure.name === name);
  if (series.length > 0) await writeFile(`${PLOTS}${name}.svg`, plot(title, amounts, series));
}

/** Both axes are logarithmic: proportional growth is a straight line. */
function plot(title: string, amounts: string, series: readonly Figure[]): string {
  const ours = pointsOf(series, ({ ours }) => ours);
  const bare = pointsOf(series, ({ limit }) => limit);
  const all = [...ours, ...bare];
  const toX = scale(
    all.map(({ amount }) => amount),
    LEFT,
    RIGHT,
  );
  const times = all.map(({ elapsedMs }) => elapsedMs);
  const [low, high] = [floorOf(Math.min(...times)), ceilingOf(Math.max(...times))];
  const toY = scale([low, high], BOTTOM, TOP);
  const path = (points: readonly Point[]) =>
    points.map(({ amount, elapsedMs }) => `${toX(amount)},${toY(elapsedMs)}`).join(" ");
  const dots = (points: readonly Point[], kind: string) =>
    points.map((at) => `<circle class="${kind}" cx="${toX(at.amount)}" cy="${toY(at.elapsedMs)}" r="3.5"/>`);
  const labels = ours.map(
    ({ amount }) =>
      `<text x="${toX(amount)}" y="${BOTTOM + 18}" text-anchor="middle">${amount.toLocaleString("en")}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">
<title>${title}</title>
<style>
  text { font: 12px system-ui, sans-serif; fill: #57606a } .title { font-size: 14px; fill: #24292f }
  .grid { stroke: #d0d7de } polyline { fill: none; stroke-width: 2 }
  polyline.ours { stroke: #0969da } circle.ours, text.ours { fill: #0969da }
  polyline.bare { stroke: #8c959f; stroke-dasharray: 5 4 } circle.bare { fill: #8c959f }
  @media (prefers-color-scheme: dark) { text { fill: #8b949e } .title { fill: #e6edf3 } .grid { stroke: #30363d } }
</style>
<text class="title" x="${LEFT}" y="20">${title}</text>
${decadesBetween(low, high)
  .map(
    (time) =>
      `<line class="grid" x1="${LEFT}" x2="${RIGHT}" y1="${toY(time)}" y2="${toY(time)}"/>` +
      `<text x="${LEFT - 8}" y="${toY(time) + 4}" text-anchor="end">${timeText(time)}</text>`,
  )
  .join("\n")}
${labels.join("\n")}
<text x="${(LEFT + RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${amounts}</text>
<polyline class="bare" points="${path(bare)}"/>
<polyline class="ours" points="${path(ours)}"/>
${[...dots(bare, "bare"), ...dots(ours, "ours")].join("\n")}
<text class="ours" x="${LEFT}" y="40">— ours</text>
<text x="${LEFT + 60}" y="40">- - ${series[0]?.limitName ?? "bare"}</text>
</svg>
`;
}

function pointsOf(series: readonly Figure[], value: (figure: Figure) => number | null): Point[] {
  return series.flatMap((figure) => {
    const elapsedMs = value(figure);
    return elapsedMs === null || figure.amount === undefined ? [] : [{ amount: figure.amount, elapsedMs }];
  });
}

function scale(values: readonly number[], from: number, to: number): (value: number) => number {
  const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  return (value) => Math.round(from + ((Math.log(value) - low) / (high - low || 1)) * (to - from));
}

function floorOf(value: number): number {
  return 10 ** Math.floor(Math.log10(value));
}

function ceilingOf(value: number): number {
  return 10 ** Math.ceil(Math.log10(value));
}

function decadesBetween(low: number, high: number): number[] {
  const count = Math.round(Math.log10(high / low));
  return Array.from({ length: count + 1 }, (_, index) => low * 10 ** index);
}

function timeText(elapsedMs: number): string {
  return elapsedMs >= 1_000 ? `${elapsedMs / 1_000} s` : `${elapsedMs} ms`;
}
