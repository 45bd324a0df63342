/** Does something `count` times: `loops` loops, each of which waits for one before the next. @param each gets 1, 2, … */
export async function inLoops(
  count: number,
  loops: number,
  each: (number: number) => Promise<unknown>,
): Promise<void> {
  let last = 0;
  const loop = async (): Promise<void> => {
    while (last < count) {
      last += 1;
      await each(last);
    }
  };
  await Promise.all(Array.from({ length: loops }, loop));
}
