import type { Figure } from "./figure.ts";

/** Prints figures for people. */
export function printFigure(figure: Figure): void {
  const { name, title, unit, ours, goal, holds, notes } = figure;
  const verdict = holds === null ? "" : holds ? "holds" : "DOES NOT HOLD";
  console.log(`\n${name}: ${title}`);
  console.log(line("ours", ours, unit));
  if (figure.peer !== null) {
    console.log(
      line(figure.peerName ?? "peer", figure.peer, unit, times(figure.ratioToPeer, figure.spreadToPeer)),
    );
  }
  if (figure.limit !== null) {
    const ratio = times(figure.ratioToLimit, figure.spreadToLimit);
    console.log(line(figure.limitName ?? "limit", figure.limit, unit, ratio));
  }
  console.log(
    `  goal ${goal}${verdict && `: ${verdict}`}${figure.pairs > 1 ? `  (${figure.pairs} pairs)` : ""}`,
  );
  for (const note of notes) console.log(`  ${note}`);
}

function line(name: string, value: number, unit: string, more = ""): string {
  return `  ${name.padEnd(44)} ${numberText(value).padStart(10)} ${unit.padEnd(5)} ${more}`;
}

function times(ratio: number | null, spread: readonly [number, number] | null): string {
  if (ratio === null) return "";
  const range = spread === null ? "" : `  (${numberText(spread[0])}–${numberText(spread[1])})`;
  return `ours is ${numberText(ratio)} × as good${range}`;
}

/** Three digits, or all before the point. */
export function numberText(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();
}
