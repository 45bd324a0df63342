/** JSON with `undefined` and the numbers that it lacks; both sides run these two functions. */
export function encode(value: unknown): string {
  return JSON.stringify(value, (_, item) => {
    if (item === undefined) return { $: "undefined" };
    return typeof item === "number" && !Number.isFinite(item) ? { $: String(item) } : item;
  });
}

export function decode(text: string): unknown {
  const restore = (item: unknown): unknown => {
    if (typeof item !== "object" || item === null) return item;
    if ("$" in item) return item.$ === "undefined" ? undefined : Number(item.$);
    for (const [name, inner] of Object.entries(item))
      (item as Record<string, unknown>)[name] = restore(inner);
    return item;
  };
  return restore(JSON.parse(text));
}
