import { afterEach, expect, it, vi } from "vitest";
import { isWebKit } from "../../../src/protocol/is-webkit.ts";

afterEach(() => void vi.unstubAllGlobals());

it.each([
  ["Mozilla/5.0 (X11; Linux) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15", true],
  ["Mozilla/5.0 (X11; Linux) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36", false],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", false],
  [undefined, false],
])("%s is WebKit: %j", (userAgent, expected) => {
  vi.stubGlobal("navigator", userAgent && { userAgent });
  expect(isWebKit()).toBe(expected);
});
