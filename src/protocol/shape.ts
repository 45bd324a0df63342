import { isRecord } from "./checks.ts";

/**
 * What a value must be like: `""` stands for a string, `true` for a boolean, a number for one that is not smaller, `[shape]`
 * for an array, `{ name: shape }` for an object with at least these fields, and a function for what it accepts.
 */
export type Shape =
  | string
  | boolean
  | number
  | readonly Shape[]
  | { readonly [name: string]: Shape }
  | ((value: unknown) => boolean);

export const ANYTHING: Shape = () => true;
export const ANY_NUMBER: number = Number.NEGATIVE_INFINITY;

export function fits(value: unknown, shape: Shape): boolean {
  if (typeof shape === "function") return shape(value);
  if (Array.isArray(shape))
    return Array.isArray(value) && [...value].every((item) => fits(item, shape[0] as Shape));
  if (typeof shape === "object")
    return isRecord(value) && Object.entries(shape).every(([name, inner]) => fits(value[name], inner));
  return typeof value === typeof shape && (typeof value !== "number" || value >= Number(shape));
}

export function optional(shape: Shape): Shape {
  return (value) => value === undefined || fits(value, shape);
}

export function oneOf(...values: readonly unknown[]): Shape {
  return (value) => values.includes(value);
}

/** An object that maps names to strings. */
export const STRINGS_BY_NAME: Shape = (value) => isRecord(value) && fits(Object.values(value), [""]);
