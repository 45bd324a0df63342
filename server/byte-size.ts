const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** Bytes in `"1MB"` (10⁶), `"1MiB"` (2²⁰), `"1.5KB"` or `"1500"`; `undefined` if the text is not a size. */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,9})?)([KkMG]i?B|B)?$/.exec(text);
  const unit = UNITS[match?.[2] ?? "B"];
  if (!match || unit === undefined) return undefined;
  const sizeBytes = Number(match[1]) * unit;
  return Number.isSafeInteger(sizeBytes) ? sizeBytes : undefined;
}
