export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The bound keeps a hostile message from becoming a hostile database key. */
export function isShortString(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= 1024;
}

export function isIdentifier(value: unknown): value is string {
  return isShortString(value) && value.length <= 256;
}

export function isPriority(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 1;
}
