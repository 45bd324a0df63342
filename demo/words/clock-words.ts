const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const MINUTE = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** "14 Mar 2026" */
export function dayWords(at: number): string {
  return DAY.format(at);
}

/** "09:26", and before today "14 Mar 2026, 09:26" */
export function minuteWords(at: number, now = Date.now()): string {
  const minute = MINUTE.format(at);
  return dayWords(at) === dayWords(now) ? minute : `${dayWords(at)}, ${minute}`;
}

/** "09:26:53" */
export function clockWords(at: number): string {
  return CLOCK.format(at);
}
