import { fits, type Shape } from "./shape.ts";

/** What a property must be, in words and as a shape, and how its value is copied. */
export type Rule = readonly [must: string, shape: Shape, copied?: (value: never, name: string) => unknown];

export type Rules<Name extends string = string> = Readonly<Record<Name, Rule>>;

/**
 * Returns the properties of `given` that are not undefined, checked and copied.
 * @param path what stands before their names in messages
 * @param what one of them is, in messages
 * @throws TypeError that says which one is wrong and what is right
 */
export function checkedProperties(
  given: object,
  rules: Rules,
  path = "",
  what = "a property",
): Record<string, unknown> {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(rules, name));
  if (unknown !== undefined) throw new TypeError(`${path}${unknown} is not ${what}; is it misspelt?`);
  const checked: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const value: unknown = Reflect.get(given, name);
    if (value !== undefined) checked[name] = checkedValue(value, rule, path + name);
  }
  return checked;
}

function checkedValue(value: unknown, [must, shape, copied]: Rule, name: string): unknown {
  if (!fits(value, shape)) throw new TypeError(`${name} must be ${must}.`);
  return copied === undefined ? value : copied(value as never, name);
}
