const UNITS = [
  { name: "GB", bytes: 1e9, digits: 2 },
  { name: "MB", bytes: 1e6, digits: 1 },
  { name: "KB", bytes: 1e3, digits: 0 },
  { name: "bytes", bytes: 1, digits: 0 },
] as const;

/** "12.3 MB" */
export function byteWords(bytes: number): string {
  const { name, bytes: size, digits } = UNITS.find((unit) => bytes >= unit.bytes) ?? UNITS[3];
  return `${Number((bytes / size).toFixed(digits))} ${name}`;
}
