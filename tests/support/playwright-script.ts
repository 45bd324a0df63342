import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const BUNDLE = "playwright-core/lib/coreBundle";
const playwright = createRequire(import.meta.resolve("playwright"));

/** How Playwright writes a text, or a regular expression, into a selector. */
export const { escapeForAttributeSelector, escapeForTextSelector } = playwright(BUNDLE).iso;

/** What Playwright runs in a page: it finds elements by selectors, and checks what is expected of them. */
export interface Injected {
  parseSelector(selector: string): unknown;
  querySelectorAll(selector: unknown, root: Node): Element[];
  focusNode(element: Element): void;
  selectOptions(element: Element, options: { valueOrLabel: string }[]): void;
  expect(
    element: Element | undefined,
    expectation: object,
    elements: Element[],
    isFrameVisible: boolean,
  ): Promise<{ matches: boolean; received?: { value: unknown } }>;
}

/** An expression that makes it in a page, as `globalThis.injected`. */
export const PLAYWRIGHT_SCRIPT = `(() => {
  const module = {};
  ${sourceOfScript()}
  const options = { testIdAttributeName: "data-testid", sdkLanguage: "javascript", browserName: "webkit", customEngines: [] };
  const value = new (module.exports.InjectedScript())(globalThis, options);
  Object.defineProperty(globalThis, "injected", { value });
})()`;

/** Playwright exports it nowhere: it stands as a string literal in a bundle. */
function sourceOfScript(): string {
  const [, literal] =
    /generated\/injectedScriptSource\.ts"\(\) \{.*?= ('(?:[^'\\]|\\.)*')/s.exec(
      readFileSync(playwright.resolve(BUNDLE), "utf8"),
    ) ?? [];
  if (literal === undefined) throw new Error("This version of Playwright keeps its script elsewhere.");
  return new Function(`return ${literal}`)();
}
