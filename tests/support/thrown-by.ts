import type { TestPage } from "./test-browser.ts";

export interface Thrown {
  name: string;
  code: string | undefined;
  message: string;
  /** Whether it was thrown by the call itself, not by the promise that it returned. */
  isAtOnce: boolean;
}

/** Calls a function in the page. @returns what it throws, at once or by its promise; undefined for nothing */
export function thrownBy(page: TestPage, call: () => unknown): Promise<Thrown | undefined> {
  return page.evaluate(`(async () => {
    const describe = ({ name, code, message }, isAtOnce) => ({ name, code, message, isAtOnce });
    let result;
    try {
      result = (${call})();
    } catch (error) {
      return describe(error, true);
    }
    return Promise.resolve(result).then(() => undefined, (error) => describe(error, false));
  })()`);
}
