import type { TestBrowser } from "./test-browser.ts";

/** Runs `work` and returns the peak memory of all browser processes meanwhile. */
export async function peakBytes(browser: TestBrowser, work: () => Promise<unknown>): Promise<number> {
  let peak = 0;
  let isOver = false;
  const watch = async (): Promise<void> => {
    while (!isOver) {
      peak = Math.max(peak, await browser.residentBytes());
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };
  const watching = watch();
  try {
    await work();
  } finally {
    isOver = true;
    await watching;
  }
  return peak;
}
