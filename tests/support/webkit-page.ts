import { setTimeout as pause } from "node:timers/promises";
import { decode, encode } from "./plain-values.ts";
import type { WebKitHost } from "./webkit-host.ts";
import { WebKitLocator } from "./webkit-locator.ts";

const POLL_MS = 50;

/** What GTK calls a key otherwise than the web does. */
const KEYS: Readonly<Record<string, string>> = {
  Enter: "Return",
  Space: "space",
  ArrowUp: "Up",
  ArrowDown: "Down",
};

/** A page of WebKit with the interface of Playwright's. */
export class WebKitPage {
  readonly #host: WebKitHost;
  readonly number: number;
  readonly #root = new WebKitLocator(this);
  readonly locator = this.#root.locator.bind(this.#root);
  readonly getByRole = this.#root.getByRole.bind(this.#root);
  readonly getByText = this.#root.getByText.bind(this.#root);
  /** Keys as a user presses them. */
  readonly keyboard = {
    press: (key: string) => this.#host.call("press", { page: this.number, key: KEYS[key] ?? key }),
  };
  currentUrl = "about:blank";
  #isClosed = false;

  constructor(host: WebKitHost, number: number) {
    this.#host = host;
    this.number = number;
  }

  url(): string {
    return this.currentUrl;
  }

  isClosed(): boolean {
    return this.#isClosed;
  }

  async goto(url: string): Promise<null> {
    await this.#host.call("goto", { page: this.number, url });
    await this.#loaded();
    return null;
  }

  async reload(): Promise<null> {
    await this.#host.call("reload", { page: this.number });
    await this.#loaded();
    return null;
  }

  /** WebKit calls a page loaded before its modules have run. */
  #loaded(): Promise<void> {
    return this.waitForFunction(() => document.readyState === "complete");
  }

  async setViewportSize({ width, height }: { width: number; height: number }): Promise<void> {
    await this.#host.call("resize", { page: this.number, width, height });
    await this.waitForFunction((width) => innerWidth === width, width);
  }

  /** Counts for all pages, until the next one is opened. */
  async emulateMedia({ colorScheme }: { colorScheme: "light" | "dark" }): Promise<void> {
    await this.#host.call("set-colours", { scheme: colorScheme });
    await this.waitForFunction(
      (scheme) => matchMedia(`(prefers-color-scheme: ${scheme})`).matches,
      colorScheme,
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#host.call("close", { page: this.number });
  }

  // biome-ignore lint/suspicious/noExplicitAny: the types are Playwright's
  async evaluate(what: string | ((argument: any) => unknown), argument?: unknown): Promise<any> {
    const body = `
      // tsx, where it runs the test, leaves calls of it in the functions.
      const __name = (named) => named;
      ${encode}
      ${decode}
      const given = decode(argument);
      try {
        return encode({ value: await ${typeof what === "string" ? `(${what})` : `(${what})(given)`} });
      } catch (error) {
        return encode({ error: error instanceof Error ? error.name + ": " + error.message : String(error) });
      }`;
    const text = await this.#host.call("evaluate", { page: this.number, body, argument: encode(argument) });
    const { value, error } = decode(String(text)) as { value?: unknown; error?: string };
    if (error !== undefined) throw new Error(`page.evaluate: ${error}`);
    return value;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the types are Playwright's
  async waitForFunction(what: string | ((argument: any) => unknown), argument?: unknown): Promise<any> {
    for (;;) {
      const value = await this.evaluate(what, argument);
      if (value) return value;
      await pause(POLL_MS);
    }
  }
}
