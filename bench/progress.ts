/** Prints progress to the standard error; the standard output has only the figures. */
export function progress(text: string): void {
  process.stderr.write(`  ${text}\n`);
}
