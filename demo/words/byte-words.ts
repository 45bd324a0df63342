interface Unit {
  readonly name: string;
  readonly bytes: number;
  readonly digits: number;
}

const BYTE: Unit = { name: "bytes", bytes: 1, digits: 0 };
const UNITS: readonly Unit[] = [
  { name: "GB", bytes: 1e9, digits: 2 },
  { name: "MB", bytes: 1e6, digits: 1 },
  { name: "KB", bytes: 1e3, digits: 0 },
];

/** "12.3 MB" */
export function byteWords(bytes: number): string {
  const unit = unitOf(bytes);
  return `${short(bytes, unit)} ${unit.name}`;
}

/** "12.3 of 100 MB", or "12.3 MB" if the total is unknown (negative). */
export function byteProgressWords(bytes: number, total: number): string {
  if (total < 0) return byteWords(bytes);
  const unit = unitOf(total);
  // Always the same number of digits, so that the figures do not jump.
  return `${(bytes / unit.bytes).toFixed(unit.digits)} of ${short(total, unit)} ${unit.name}`;
}

export function speedWords(bytesPerSecond: number): string {
  return `${byteWords(bytesPerSecond)}/s`;
}

function unitOf(bytes: number): Unit {
  return UNITS.find((unit) => bytes >= unit.bytes) ?? BYTE;
}

function short(bytes: number, unit: Unit): string {
  return String(Number((bytes / unit.bytes).toFixed(unit.digits)));
}
