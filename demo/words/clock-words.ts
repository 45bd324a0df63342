const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** "14 Mar 2026" */
export function dayWords(at: number): string {
  return DAY.format(at);
}

/** "09:26:53" */
export function clockWords(at: number): string {
  return CLOCK.format(at);
}
