import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REDACTED, redactedData, redactedHeaders, redactedUrl } from "../../../src/inspector/redact.ts";
import { withoutUrlSecrets } from "../../../src/protocol/without-url-secrets.ts";

const SECRET = "s3cr3t";

/** Texts with characters that end or confuse URLs, and the secret in them. */
const hostile = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(..."aZ9?#&=;:/@\\%.'()[]{}|^`~!$*+,-_é"), maxLength: 12 }),
    fc.string({ unit: fc.constantFrom(..."aZ9?#&=;:/@\\%.'()[]{}|^`~!$*+,-_é"), maxLength: 12 }),
  )
  .map(([before, after]) => before + SECRET + after);

const headerName = fc.oneof(
  fc.constantFrom(
    "Authorization",
    "proxy-authorization",
    "Cookie",
    "set-cookie",
    "X-Api-Key",
    "x-goog-signature",
  ),
  fc.stringMatching(/^[a-z][a-z-]{0,12}$/).map((name) => `x-${name}`),
);

describe("redaction", () => {
  it("leaves no value of a header that may be a secret", () => {
    fc.assert(
      fc.property(headerName, hostile, (name, value) => {
        expect(redactedHeaders({ [name]: value }, [])).toEqual({ [name]: REDACTED });
      }),
    );
  });

  it("shows headers that describe the content, unless the app calls them secret", () => {
    const headers = { "Content-Type": "text/plain", range: "bytes=5-" };
    expect(redactedHeaders(headers, [])).toEqual(headers);
    expect(redactedHeaders(headers, ["RANGE", 7])).toEqual({ "Content-Type": "text/plain", range: REDACTED });
    expect(redactedHeaders(undefined, [])).toEqual({});
  });

  it("leaves nothing of the query, the fragment, the user and the password of a URL", () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom("?", "#", "?a=b#"), (text, mark) => {
        const url = `https://user:${SECRET}@app.test/path${mark}${text}`;
        expect(redactedUrl(url)).toBe("https://app.test/path?…");
        // In a sentence, as errors and the log have it.
        const said = withoutUrlSecrets(`GET ${new URL(url).href} failed: "${url}", twice`);
        expect(said).not.toContain(SECRET);
        expect(said).toMatch(/^GET https:\/\/app\.test\/path\?… failed: .*, twice$/);
      }),
    );
    expect(redactedUrl(`data:text/plain,${SECRET}`)).toBe("data:…");
    expect(redactedUrl(`no url ${SECRET}`)).toBe(REDACTED);
  });

  it("leaves no query in any string of plain data, also in names", () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom("https://", "HTTP://", "http://user@"), (text, start) => {
        const url = `${start}app.test/?${text}`;
        const data = { [url]: [{ message: `see ${url}` }, url], number: 7, nothing: undefined, none: null };
        expect(JSON.stringify(redactedData(data))).not.toContain(SECRET);
      }),
    );
  });

  it("leaves no password of a URL in the path of another, or in a list of URLs", () => {
    const url = `https://user:${SECRET}@app.test/b`;
    expect(withoutUrlSecrets(`GET https://proxy.test/${url}`)).toBe(
      "GET https://proxy.test/https://app.test/b",
    );
    expect(withoutUrlSecrets(`https://app.test/a,${url}?sig=${SECRET},${url}`)).toBe(
      "https://app.test/a,https://app.test/b?…",
    );
    expect(withoutUrlSecrets("https://app.test/@scope/file@2x.png")).toBe(
      "https://app.test/@scope/file@2x.png",
    );
  });
});
