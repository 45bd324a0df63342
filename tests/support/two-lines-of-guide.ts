import { readFile } from "node:fs/promises";

/** The change of an app's worker that the guide from workbox prints. */
export interface PrintedChange {
  readonly before: string;
  readonly after: string;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

export async function twoLinesOfGuide(): Promise<PrintedChange> {
  const guide = await readFile(new URL("../../docs/from-workbox.md", import.meta.url), "utf8");
  const [, diff] = /```diff\n(.*?)\n```/s.exec(guide) ?? [];
  if (diff === undefined) throw new Error("docs/from-workbox.md has no diff.");
  const lines = diff.split("\n");
  const without = (sign: string): string =>
    lines
      .filter((line) => !line.startsWith(sign))
      .map((line) => line.slice(1))
      .join("\n");
  const withSign = (sign: string): string[] => lines.filter((line) => line.startsWith(sign));
  return { before: without("+"), after: without("-"), removed: withSign("-"), added: withSign("+") };
}
