const WARNED = new Set<string>();

/** Tells the developer what the app is waiting for, once for each text, or each key: no program can act on it. */
export function warnOnce(text: string, key: string = text): void {
  if (WARNED.has(key)) return;
  WARNED.add(key);
  console.warn(`background-session: ${text}`);
}

/** Warns if the promise takes longer than this. @param text is asked then what to say */
export function warnIfSlow<Value>(
  promise: Promise<Value>,
  limitMs: number,
  text: () => string,
): Promise<Value> {
  const timer = setTimeout(() => warnOnce(text()), limitMs);
  return promise.finally(() => clearTimeout(timer));
}
