import { setTimeout as pause } from "node:timers/promises";
import {
  escapeForAttributeSelector,
  escapeForTextSelector,
  type Injected,
  PLAYWRIGHT_SCRIPT,
} from "./playwright-script.ts";
import type { TestPage } from "./test-browser.ts";

const POLL_MS = 50;
const LIMIT_MS = 15_000;

/** Runs in the page, and sees nothing else of this module. */
type Act<Argument> = (elements: HTMLElement[], argument: Argument, injected: Injected) => unknown;

interface Expectation {
  readonly isNot: boolean;
  readonly timeout: number;
}

/** As Playwright's `expect` wants it. */
interface Verdict {
  readonly matches: boolean;
  readonly received?: { value: unknown };
  readonly timedOut?: boolean;
}

/** A locator in a page of WebKit, with the methods of Playwright's that the tests use. */
export class WebKitLocator {
  /** By this name `expect` knows a locator. */
  readonly _apiName = "Locator";
  readonly #page: Pick<TestPage, "evaluate">;
  readonly #selector: string;

  constructor(page: Pick<TestPage, "evaluate">, selector = ":root") {
    this.#page = page;
    this.#selector = selector;
  }

  locator(selector: string): WebKitLocator {
    return new WebKitLocator(this.#page, `${this.#selector} >> ${selector}`);
  }

  getByRole(role: string, { name, exact = false }: { name?: string | RegExp; exact?: boolean } = {}) {
    const named = name === undefined ? "" : `[name=${escapeForAttributeSelector(name, exact)}]`;
    return this.locator(`internal:role=${role}${named}`);
  }

  getByText(text: string | RegExp, { exact = false } = {}) {
    return this.locator(`internal:text=${escapeForTextSelector(text, exact)}`);
  }

  filter({ hasText }: { hasText: string | RegExp }) {
    return this.locator(`internal:has-text=${escapeForTextSelector(hasText, false)}`);
  }

  first() {
    return this.locator("nth=0");
  }

  count() {
    return this.#inPage((elements) => elements.length, undefined);
  }

  click() {
    return this.#toElement(([element]) => element?.click(), undefined);
  }

  focus() {
    return this.#toElement(([element], _, injected) => element && injected.focusNode(element), undefined);
  }

  fill(value: string) {
    return this.#toElement(([element], value) => {
      Object.assign(element as object, { value });
      element?.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    }, value);
  }

  selectOption(valueOrLabel: string) {
    return this.#toElement(
      ([element], option, injected) => element && injected.selectOptions(element, [option]),
      { valueOrLabel },
    );
  }

  evaluate(act: (element: never) => unknown) {
    return this.#toElement(`([element]) => (${act})(element)`, undefined);
  }

  boundingBox() {
    return this.#toElement(([element]) => {
      const { x, y, width, height } = element?.getBoundingClientRect() ?? {};
      return { x, y, width, height };
    }, undefined);
  }

  /** What Playwright's `expect` calls. */
  async _expect(expression: string, { isNot = false, timeout, ...rest }: Expectation): Promise<Verdict> {
    const end = Date.now() + timeout;
    const expectation = { expression, isNot, ...rest };
    for (;;) {
      const { matches, received } = (await this.#inPage(check, expectation)) as Verdict;
      if (matches !== isNot) return { matches };
      if (Date.now() > end) return { matches, timedOut: true, ...(received && { received }) };
      await pause(POLL_MS);
    }
  }

  /** Waits for the element, as Playwright does, and acts on it. */
  // biome-ignore lint/suspicious/noExplicitAny: the types are Playwright's
  async #toElement<Argument>(act: Act<Argument> | string, argument: Argument): Promise<any> {
    const end = Date.now() + LIMIT_MS;
    while ((await this.count()) !== 1) {
      if (Date.now() > end) throw new Error(`There is not one element for ${this.#selector}.`);
      await pause(POLL_MS);
    }
    return this.#inPage(act, argument);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the types are Playwright's
  async #inPage<Argument>(act: Act<Argument> | string, argument: Argument): Promise<any> {
    const isThere = await this.#page.evaluate(() => "injected" in globalThis);
    if (!isThere) await this.#page.evaluate(PLAYWRIGHT_SCRIPT);
    return this.#page.evaluate(`(() => {
      const elements = injected.querySelectorAll(injected.parseSelector(${JSON.stringify(this.#selector)}), document);
      return (${act})(elements, ${JSON.stringify(argument)}, injected);
    })()`);
  }
}

/** Playwright checks this way, too, what it cannot find. */
const check: Act<{ expression: string; isNot: boolean }> = async (elements, expectation, injected) => {
  const { expression, isNot } = expectation;
  const [element] = elements;
  const isOfAll = expression === "to.have.count" || expression.endsWith(".array");
  if (!isOfAll && elements.length > 1) throw new Error(`There are ${elements.length} elements.`);
  if (isOfAll || element !== undefined) return injected.expect(element, expectation, elements, true);
  const isSeen = expression === "to.be.visible" || expression === "to.be.in.viewport";
  return { matches: isNot ? !isSeen : expression === "to.be.hidden" };
};
