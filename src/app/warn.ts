const TOLD = new Set<string>();

/** Tells the developer what an app waits for, once for each text: no program can act on it. */
export function warnOnce(text: string): void {
  if (TOLD.has(text)) return;
  TOLD.add(text);
  console.warn(`background-session: ${text}`);
}
