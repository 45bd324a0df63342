import { expect, it } from "vitest";
import { extValue } from "../../../../../src/sw/uploads/ietf/ext-value.ts";

/** https://www.rfc-editor.org/rfc/rfc8187#section-3.2.1 */
const VALUE_CHARS = /^(%[0-9a-f]{2}|[\w!#$&+.^`|~-])*$/i;

it.each([
  ["photo.jpg", "photo.jpg"],
  ["Été (1).jpg", "Été (1).jpg"],
  ["it's*.txt", "it's*.txt"],
  ['a"b;c\r\nd', 'a"b;c\r\nd'],
  ["half \ud83d of a pair", "half \ufffd of a pair"],
  ["\udc00\ud800", "\ufffd\ufffd"],
])("a file's name is a value of an extended parameter, and comes back: %j", (name, back) => {
  const value = extValue(name);
  expect(value).toMatch(VALUE_CHARS);
  expect(decodeURIComponent(value)).toBe(back);
});
