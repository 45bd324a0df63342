import fc from "fast-check";

const NUMBERS = [
  ...[
    "-1",
    "0",
    "1",
    "300",
    "999",
    "1000",
    "1001",
    "1.5",
    " 7 ",
    "0x10",
    "1e3",
    "1e400",
    "NaN",
    "Infinity",
    "",
  ],
  ...["9007199254740993", "99999999999999999999", "1000, 1000", "5, 6", "+5", "\u00b2", "x".repeat(3_000)],
];
const DATES = [
  ...["Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 99 Foo 2020 99:99:99 GMT"],
  ...["yesterday", "-271821-04-20", "+275760-09-13", "Wed, 21 Oct 2015 07:28:00 GMT, now"],
];
const LOCATIONS = [
  ...[
    "javascript:alert(1)",
    "https://evil.test/x",
    "//evil.test",
    "",
    "\\\\evil.test",
    "data:text/html,x",
    "?",
  ],
  ...[
    "http://app.test/x",
    "https://app.test:444/x",
    "https://user:secret@app.test/x",
    "/made",
    "made",
    "#",
    "//",
  ],
  ...[
    "https://",
    "/".repeat(5_000),
    "/\u00e9",
    "https://app.test/made",
    "blob:https://app.test/1",
    "file:///etc/x",
  ],
];
const RANGES = [
  ...[
    "bytes 0-999/1000",
    "bytes 0-0/1",
    "bytes 5-4/10",
    "bytes */1000",
    "bytes */*",
    "bytes 0-9/*",
    "bytes 0-999/999",
  ],
  ...[
    "bytes 0-9007199254740993/9007199254740994",
    "octets 0-1/2",
    "bytes 0-9/10, bytes 10-19/20",
    "bytes -5-9/10",
  ],
  ...[
    "bytes 0-999/999999999999999",
    "bytes 300-999/1000",
    "bytes 0-499/1000",
    "bytes 0-999/0",
    "BYTES 0-1/2",
    "",
  ],
];

/** Validators that tell no versions apart: weak, empty, or no tag and no date at all. */
const VALIDATORS = {
  etag: ["", 'W/"1"', "plain", "W/", "*"],
  "last-modified": ["", "0", "-1", "Invalid Date", "yesterday", DATES[2]],
};

const VALUES: Readonly<Record<string, readonly string[]>> = {
  "content-range": RANGES,
  "content-length": NUMBERS,
  "content-type": [
    "",
    "text/html",
    "application/problem+json",
    "x/y; charset=\u00ff",
    "multipart/byteranges",
    "/",
  ],
  "content-encoding": ["gzip", "identity", "br, gzip", "", "x"],
  "content-disposition": [
    'attachment; filename="../../etc/passwd"',
    "attachment; filename*=UTF-8''%00%2f",
    "\u00ff",
  ],
  "accept-ranges": ["none", "bytes", "", "bytes, none"],
  "retry-after": [...NUMBERS, ...DATES],
  location: LOCATIONS,
  link: ['</x>; rel="next"', "<javascript:1>", ""],
  "tus-resumable": ["1.0.0", "0.2.2", "", "2"],
  "tus-version": ["1.0.0", "0.2.2,1.0.0", ""],
  "tus-extension": [
    "creation",
    "creation,creation-with-upload,concatenation,checksum,termination",
    ",,",
    "constructor",
  ],
  "tus-checksum-algorithm": ["md5,crc32", "sha1", "sha256,__proto__", "", "sha512,sha1"],
  "tus-max-size": NUMBERS,
  "upload-offset": NUMBERS,
  "upload-length": NUMBERS,
  "upload-defer-length": ["1", "0", ""],
  "upload-complete": ["?1", "?0", "1", "", "?1, ?0"],
  "upload-limit": [
    ...[
      "max-size=0",
      "max-size=1e3",
      "max-append-size=0",
      "min-append-size=999999999999999",
      "max-append-size=-5",
    ],
    ...["min-append-size=900000, max-append-size=5", "max-age=0", "=,=;;", "max-size=9999999999999999"],
  ],
};

function nasty(names: readonly string[], maxLength: number): fc.Arbitrary<Record<string, string>> {
  const anyValueOf = (name: string) => fc.constantFrom(...(VALUES[name] as readonly string[]));
  const anyHeader = fc.constantFrom(...names).chain((name) => fc.tuple(fc.constant(name), anyValueOf(name)));
  return fc.array(anyHeader, { maxLength }).map((headers) => Object.fromEntries(headers));
}

/** Headers that a server may send, sensible or not. */
export const nastyHeaders: fc.Arbitrary<Record<string, string>> = nasty(Object.keys(VALUES), 6);

/** Headers as the server of a resumable upload sends them, with some exceptions. */
export const nastyUploadHeaders: fc.Arbitrary<Record<string, string>> = fc
  .tuple(
    fc.record({ location: fc.constant("/made"), "upload-offset": fc.constantFrom("0", "262144", "300000") }),
    nasty(
      ["location", "upload-offset", "upload-length", "upload-complete", "upload-limit", "retry-after"],
      2,
    ),
    nasty(["tus-extension", "tus-checksum-algorithm", "content-type", "upload-defer-length"], 2),
  )
  .map(([sensible, ...others]) => Object.assign({}, sensible, ...others));

/** Replace those that tell one version of the entity from the next. */
export const uselessValidators: fc.Arbitrary<Record<string, string>> = fc.record({
  etag: fc.constantFrom(...VALIDATORS.etag),
  "last-modified": fc.constantFrom(...(VALIDATORS["last-modified"] as string[])),
});
