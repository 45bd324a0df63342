import type { PluralForms } from "./messages/messages.ts";

/** Puts values into the braces of a message. */
export function fill(message: string, values: Readonly<Record<string, string>>): string {
  return message.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** Numbers as a language writes them. */
export class Formats {
  /** The order of names. */
  readonly compare: (a: string, b: string) => number;
  readonly #tag: string;
  readonly #plurals: Intl.PluralRules;
  readonly #dates: Intl.DateTimeFormat;
  readonly #made = new Map<string, Intl.NumberFormat>();

  constructor(tag: string) {
    this.#tag = tag;
    this.compare = new Intl.Collator(tag, { numeric: true }).compare;
    this.#plurals = new Intl.PluralRules(tag);
    this.#dates = new Intl.DateTimeFormat(tag, { dateStyle: "short", timeStyle: "short" });
  }

  number(value: number, options: Intl.NumberFormatOptions = {}): string {
    const key = JSON.stringify(options);
    const format = this.#made.get(key) ?? new Intl.NumberFormat(this.#tag, options);
    this.#made.set(key, format);
    // Marks of direction, which Arabic has around a percent sign, would turn what follows.
    return unbroken(format.format(value).replaceAll("\u200e", ""));
  }

  /** @param fraction rounded down: 100 % is said only of what is whole. A sum of fractions may be a little too small. */
  percent(fraction: number): string {
    return this.number(Math.floor(fraction * 100 + 1e-6) / 100, { style: "percent" });
  }

  /** A day and the time of day. */
  date(date: Date): string {
    return this.#dates.format(date);
  }

  count(forms: PluralForms, value: number): string {
    return unbroken(fill(forms[this.#plurals.select(value)] ?? forms.other, { n: this.number(value) }));
  }

  bytes(value: number, suffix: "" | "-per-second" = ""): string {
    if (value >= 1e9) return this.#unit(value / 1e9, `gigabyte${suffix}`, 2);
    if (value >= 1e6) return this.#unit(value / 1e6, `megabyte${suffix}`, 1);
    if (value >= 1e3) return this.#unit(value / 1e3, `kilobyte${suffix}`);
    return this.#unit(value, `byte${suffix}`);
  }

  duration(seconds: number): string {
    const whole = Math.max(1, Math.ceil(seconds));
    if (whole < 60) return this.#unit(whole, "second");
    if (whole < 2 * 3600) return this.#unit(Math.ceil(whole / 60), "minute");
    if (whole < 48 * 3600) return this.#unit(Math.ceil(whole / 3600), "hour");
    return this.#unit(Math.ceil(whole / 86_400), "day");
  }

  /** Always with the same number of digits, so that the figures do not jump. */
  #unit(value: number, unit: string, digits = 0): string {
    return this.number(value, {
      style: "unit",
      unit,
      unitDisplay: unit === "byte" ? "long" : "short",
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  }
}

/** A number and its unit stay on one line. */
function unbroken(text: string): string {
  return text.replaceAll(" ", "\u00a0");
}
