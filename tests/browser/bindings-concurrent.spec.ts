import { download, expectText, openBindings } from "../support/bindings-page.ts";
import { expect, test } from "../support/fixtures.ts";
import type { TestPage } from "../support/test-browser.ts";
import { variantIf } from "../support/variants.ts";

/** Starts transition after transition until the download has ended. @returns what React showed meanwhile */
function goThroughTransitions(page: TestPage) {
  return page.evaluate(async () => {
    const textOf = (selector: string) => document.querySelector(selector)?.textContent;
    const session = bindings.BackgroundSession.current("react");
    const seen = { rounds: 0, changes: 0, fallbacks: 0 };
    const unsubscribe = session?.subscribe(() => {
      if (textOf("#pending") === "true") seen.changes += 1;
    });
    const observer = new MutationObserver(() => {
      const fallback = document.querySelector<HTMLElement>("#fallback");
      if (fallback !== null) seen.fallbacks += 1;
    });
    observer.observe(document.body, { childList: true, subtree: true });
    while (session?.task("file") !== undefined) {
      const next = String(Number(textOf("#round")) + 1);
      document.querySelector<HTMLElement>("#next")?.click();
      while (textOf("#round") !== next) await new Promise((resolve) => setTimeout(resolve, 5));
      seen.rounds += 1;
    }
    observer.disconnect();
    unsubscribe?.();
    return { ...seen, faults: [...bindings.faults] };
  });
}

for (const name of ["react", "react-oldest"]) {
  test(`in a transition that is rendered while tasks change, all components show the same, in ${name}`, {
    tag: name === "react" ? "@core" : "@variant",
  }, async ({ browserApp, site }) => {
    const page = await openBindings(browserApp, site.origin, name, "hooked");
    await expectText(page, "#round", "1");
    await download(page, "react", "file", "/files/20MB.bin?throttle=4MB");
    const { rounds, changes, ...rest } = await goThroughTransitions(page);
    expect(rest).toEqual({ fallbacks: 0, faults: [] });
    expect(rounds).toBeGreaterThan(0);
    expect(changes).toBeGreaterThan(0);
  });

  test(
    `without the hooks, such components would show different states, in ${name}`,
    variantIf(name === "react-oldest"),
    async ({ browserApp, site }) => {
      const page = await openBindings(browserApp, site.origin, name, "direct");
      await expectText(page, "#round", "1");
      await download(page, "react", "file", "/files/20MB.bin?throttle=4MB");
      const { faults } = await goThroughTransitions(page);
      expect(faults.filter((fault) => fault.startsWith("direct: "))).not.toEqual([]);
    },
  );
}
