/** Tells whoever waits what goes on; figures alone go to the standard output. */
export function progress(text: string): void {
  process.stderr.write(`  ${text}\n`);
}
