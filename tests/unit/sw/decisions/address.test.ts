import fc from "fast-check";
import { expect, it } from "vitest";
import { addressOf } from "../../../../src/sw/decisions/address.ts";
import { taskRow } from "../../../support/task-row.ts";

function expectParsed(url: string): void {
  const { host, origin } = new URL(url);
  expect(addressOf(taskRow({ url }))).toMatchObject({ host, origin });
}

it("is what the platform says of any URL that it has written", () => {
  const anyUrl = fc.webUrl({
    validSchemes: ["http", "https"],
    withQueryParameters: true,
    withFragments: true,
  });
  fc.assert(fc.property(anyUrl, (url) => expectParsed(new URL(url).href)));
});

it.each([
  "https://app.test/",
  "https://app.test:8443/file?at=https://other.test/",
  "http://[::1]:80/",
  "http://[2001:db8::1]:8080/file",
  "https://user:secret@app.test/file",
  "https://user@app.test:8443/@file",
  "https://EXAMPLE.test/file",
  "HTTPS://example.test/file",
  "https:app.test/file",
  "https://app.test?query",
  "https://app.test#top",
])("is that of %s, however it is written", expectParsed);
