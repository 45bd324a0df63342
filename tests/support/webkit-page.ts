import { setTimeout as pause } from "node:timers/promises";
import { decode, encode } from "./plain-values.ts";
import type { WebKitHost } from "./webkit-host.ts";
import { WebKitLocator } from "./webkit-locator.ts";

const POLL_MS = 50;
/** Playwright's own. */
const DEFAULT_TIMEOUT_MS = 30_000;

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

  goto(url: string, { timeout = DEFAULT_TIMEOUT_MS } = {}): Promise<null> {
    return this.#navigate("goto", timeout, url);
  }

  reload(): Promise<null> {
    return this.#navigate("reload", DEFAULT_TIMEOUT_MS);
  }

  async #navigate(command: "goto" | "reload", timeout: number, url?: string): Promise<null> {
    const loading = this.#host.call(command, { page: this.number, url }).then(() => true);
    const isThere = await Promise.race([loading, pause(timeout, false, { ref: false })]);
    if (!isThere) throw new Error(`page.${command}: not loaded within ${timeout} ms`);
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

  async waitForFunction(
    // biome-ignore lint/suspicious/noExplicitAny: the types are Playwright's
    what: string | ((argument: any) => unknown),
    argument?: unknown,
    { timeout = DEFAULT_TIMEOUT_MS }: { timeout?: number } = {},
    // biome-ignore lint/suspicious/noExplicitAny: the types are Playwright's
  ): Promise<any> {
    const latest = Date.now() + timeout;
    for (;;) {
      const value = await this.evaluate(what, argument);
      if (value) return value;
      if (Date.now() > latest) throw new Error(`page.waitForFunction: not within ${timeout} ms: ${what}`);
      await pause(POLL_MS);
    }
  }
}
