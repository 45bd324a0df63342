import type { PluralForms } from "./messages/messages.ts";
import type { Language } from "./messages/tables.ts";

type Unit = "byte" | "kilobyte" | "megabyte" | "gigabyte" | "second" | "minute" | "hour" | "day";

/** Puts values into the braces of a message. */
export function fill(message: string, values: Readonly<Record<string, string>>): string {
  return message.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** Numbers as a language writes them. */
export class Formats {
  readonly #tag: string;
  readonly #plurals: Intl.PluralRules;
  readonly #units = new Map<string, Intl.NumberFormat>();
  readonly #percent: Intl.NumberFormat;
  readonly #number: Intl.NumberFormat;

  constructor({ tag }: Language) {
    this.#tag = tag;
    this.#plurals = new Intl.PluralRules(tag);
    this.#percent = new Intl.NumberFormat(tag, { style: "percent" });
    this.#number = new Intl.NumberFormat(tag);
  }

  number(value: number): string {
    return this.#number.format(value);
  }

  /** @param fraction rounded down: 100 % is said only of what is whole */
  percent(fraction: number): string {
    return this.#percent.format(Math.floor(fraction * 100) / 100);
  }

  count(forms: PluralForms, value: number): string {
    return fill(forms[this.#plurals.select(value)] ?? forms.other, { n: this.number(value) });
  }

  bytes(value: number): string {
    return this.#size(value, "");
  }

  speed(bytesPerSecond: number): string {
    return this.#size(bytesPerSecond, "-per-second");
  }

  duration(seconds: number): string {
    const whole = Math.max(1, Math.ceil(seconds));
    if (whole < 60) return this.#unit(whole, "second", "");
    if (whole < 3600) return this.#unit(Math.ceil(whole / 60), "minute", "");
    if (whole < 48 * 3600) return this.#unit(Math.ceil(whole / 3600), "hour", "");
    return this.#unit(Math.ceil(whole / 86_400), "day", "");
  }

  #size(value: number, suffix: "" | "-per-second"): string {
    if (value >= 1e9) return this.#unit(value / 1e9, "gigabyte", suffix, 2);
    if (value >= 1e6) return this.#unit(value / 1e6, "megabyte", suffix, 1);
    if (value >= 1e3) return this.#unit(value / 1e3, "kilobyte", suffix);
    return this.#unit(value, "byte", suffix);
  }

  /** Always with the same number of digits, so that the figures do not jump. */
  #unit(value: number, unit: Unit, suffix: string, digits = 0): string {
    const name = unit + suffix;
    const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    const format =
      this.#units.get(name) ??
      new Intl.NumberFormat(this.#tag, { style: "unit", unit: name, unitDisplay: "short", ...options });
    this.#units.set(name, format);
    // A number and its unit stay on one line.
    return format.format(value).replaceAll(" ", "\u00a0");
  }
}
