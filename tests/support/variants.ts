/** The details of a test: if it repeats another one with other tools or in another kind of worker, `ALL_ENGINES=1` runs it. */
export function variantIf(isVariant: boolean): { tag: string[] } {
  return { tag: isVariant ? ["@variant"] : [] };
}
