import type { Outcome, Scenario } from "./simulation.ts";

const [WIDTH, HEIGHT] = [640, 340];
/** The edges of the plotting area. */
const [LEFT, RIGHT, TOP, BOTTOM] = [72, 620, 100, 290];
const COLOURS = ["#8c959f", "#cf222e", "#bf8700", "#8250df", "#1a7f37", "#0969da", "#54aeff"];
/** Each point is the busiest second of this many. */
const STEP_SECONDS = 10;
const AFTER_SECONDS = 1_200;

type Run = Outcome & { readonly name: string };

/** Draws the requests per second, from before the end of the outage; the vertical axis is logarithmic. */
export function plotFleet(runs: readonly Run[], { outageMs, capacity }: Scenario): string {
  const back = outageMs / 1_000;
  const last = back + AFTER_SECONDS;
  const top = Math.ceil(
    Math.log10(Math.max(...runs.map(({ peakAfter, peakDuring }) => Math.max(peakAfter, peakDuring)))),
  );
  const toX = (second: number) => Math.round(LEFT + (second / last) * (RIGHT - LEFT));
  const toY = (count: number) => Math.round(BOTTOM - (Math.log10(Math.max(1, count)) / top) * (BOTTOM - TOP));
  const line = ({ requests }: Run) =>
    Array.from({ length: last / STEP_SECONDS }, (_, step) => {
      const second = step * STEP_SECONDS;
      return `${toX(second)},${toY(Math.max(0, ...requests.slice(second, second + STEP_SECONDS)))}`;
    }).join(" ");
  const decades = Array.from({ length: top + 1 }, (_, power) => 10 ** power);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">
<title>Requests a second during an outage and after it</title>
<style>
  text { font: 12px system-ui, sans-serif; fill: #57606a } .title { font-size: 14px; fill: #24292f }
  .grid { stroke: #d0d7de } .mark { stroke: #57606a; stroke-dasharray: 4 3 } polyline { fill: none; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) { text { fill: #8b949e } .title { fill: #e6edf3 } .grid { stroke: #30363d } }
</style>
<text class="title" x="${LEFT}" y="20">Requests a second: ${back / 60} min of 503 with Retry-After, then ${capacity.toLocaleString("en")} a second</text>
${runs
  .map(
    ({ name }, index) =>
      `<text x="${LEFT + (index % 3) * 190}" y="${42 + Math.floor(index / 3) * 17}" style="fill:${COLOURS[index]}">— ${name}</text>`,
  )
  .join("\n")}
${decades
  .map(
    (count) =>
      `<line class="grid" x1="${LEFT}" x2="${RIGHT}" y1="${toY(count)}" y2="${toY(count)}"/>` +
      `<text x="${LEFT - 8}" y="${toY(count) + 4}" text-anchor="end">${count.toLocaleString("en")}</text>`,
  )
  .join("\n")}
<line class="mark" x1="${toX(back)}" x2="${toX(back)}" y1="${TOP}" y2="${BOTTOM}"/>
<text x="${toX(back)}" y="${BOTTOM + 18}" text-anchor="middle">the server is back</text>
<text x="${RIGHT}" y="${BOTTOM + 18}" text-anchor="end">${last / 60} min</text>
${runs.map((run, index) => `<polyline style="stroke:${COLOURS[index]}" points="${line(run)}"/>`).join("\n")}
</svg>
`;
}
