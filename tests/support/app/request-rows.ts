/** The constructors of a realm: the page's, or those of an iframe in it. */
export type Realm = Pick<
  typeof globalThis,
  | "AbortController"
  | "ArrayBuffer"
  | "Blob"
  | "DataView"
  | "File"
  | "FormData"
  | "Headers"
  | "Request"
  | "TextEncoder"
  | "Uint8Array"
  | "URL"
  | "URLSearchParams"
>;

export interface Row {
  readonly name: string;
  /** `RequestInit` and `url`, whose query sets the server's switches. */
  readonly init: (realm: Realm) => RequestInit & Record<string, unknown>;
  /** To the second origin. */
  readonly isForeign?: boolean;
  /** A part of the error message if a task cannot keep it, although `fetch` can. */
  readonly refused?: RegExp;
  /** A description is refused; in a `Request` it is invisible and has no effect. */
  readonly isInvisible?: boolean;
  /** A part of the error message in WebKit, which cannot read it out of a `Request`. */
  readonly unreadable?: RegExp;
  /** A header that differs in some engine, and why. */
  readonly differs?: Readonly<Record<string, string>>;
}

const encoded = (realm: Realm, text: string) => new realm.TextEncoder().encode(text);

function form(realm: Realm): FormData {
  const data = new realm.FormData();
  data.append("name", 'Ada "the" first\nof all');
  data.append("näme", "übrig");
  data.append("file", new realm.File(["{}"], "a.json", { type: "application/json" }));
  data.append("file", new realm.File(["bytes"], 'ü "b".bin'));
  data.append("blob", new realm.Blob(["blob"], { type: "text/x-blob" }), "given.txt");
  return data;
}

const POLICIES: readonly ReferrerPolicy[] = [
  "",
  "no-referrer",
  "no-referrer-when-downgrade",
  "same-origin",
  "origin",
  "strict-origin",
  "origin-when-cross-origin",
  "strict-origin-when-cross-origin",
  "unsafe-url",
];

type Init = Row["init"];
const rows = (named: Readonly<Record<string, Init>>, more: Partial<Row> = {}): Row[] =>
  Object.entries(named).map(([name, init]) => ({ name, init, ...more }));

const ADDRESSES = rows({
  "only a URL": () => ({}),
  "a URL with a fragment": () => ({ url: "#part" }),
  "a URL with spaces and umlauts": () => ({ url: "&body=two wörds" }),
});

const METHODS = [
  ...["GET", "get", "POST", "post", "PUT", "PATCH", "DELETE", "PROPFIND"].map(
    (method): Row => ({ name: `method ${method}`, init: () => ({ method }) }),
  ),
  ...["TRACE", "CONNECT", "A B", ""].map(
    (method): Row => ({ name: `method "${method}"`, init: () => ({ method }) }),
  ),
];

const HEADERS = rows({
  "headers by name": () => ({ headers: { "x-a": "1", "X-B": "2" } }),
  "headers in a list": () => ({
    headers: [
      ["x-a", "1"],
      ["x-a", "2"],
    ],
  }),
  "a Headers object": (realm) => ({ headers: new realm.Headers({ "x-a": "1" }) }),
  "an empty header": () => ({ headers: { "x-a": "" } }),
  "a header in Latin-1": () => ({ headers: { "x-a": "é" } }),
  "headers that the browser would set": () => ({
    headers: { accept: "text/x-a", "accept-language": "de", "content-language": "fr", "user-agent": "a/1" },
  }),
  "forbidden headers": () => ({
    headers: { cookie: "a=b", host: "a.test", "sec-a": "1", "content-length": "7" },
  }),
  "the app's own range": () => ({ headers: { range: "bytes=0-5" } }),
  "a header named __proto__": () => ({ headers: [["__proto__", "1"]] }),
  "an invalid header name": () => ({ headers: { "x a": "1" } }),
  "an invalid header value": () => ({ headers: { "x-a": "1\n2" } }),
  "a header beyond Latin-1": () => ({ headers: { "x-a": "名" } }),
});

const CONDITIONS = rows(
  { "a condition": () => ({ headers: { "if-none-match": '"x"' } }) },
  { differs: { "cache-control": "Chromium's pages add max-age=0 to it, its workers do not" } },
);

const BODIES = rows({
  "an explicit null body": () => ({ method: "POST", body: null }),
  "an explicit null body in a GET": () => ({ body: null }),
  "a string": () => ({ method: "POST", body: "text é 名" }),
  "an empty string": () => ({ method: "POST", body: "" }),
  "an empty string in a DELETE": () => ({ method: "DELETE", body: "" }),
  "a DELETE with a body": () => ({ method: "DELETE", headers: { "x-a": "1" }, body: "hello" }),
  "a string with its own type": () => ({
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: "{}",
  }),
  URLSearchParams: (realm) => ({ method: "POST", body: new realm.URLSearchParams({ a: "1 2", b: "é" }) }),
  "an ArrayBuffer": (realm) => ({ method: "POST", body: encoded(realm, "buffer").buffer }),
  "a view": (realm) => ({ method: "POST", body: encoded(realm, "a view").subarray(2) }),
  "a DataView": (realm) => ({
    method: "POST",
    body: new realm.DataView(encoded(realm, "data").buffer, 1, 2),
  }),
  "a Blob": (realm) => ({ method: "POST", body: new realm.Blob(["blob"], { type: "Text/X-Blob; a=B" }) }),
  "a Blob without a type": (realm) => ({ method: "POST", body: new realm.Blob(["blob"]) }),
  "an empty Blob": (realm) => ({ method: "PUT", body: new realm.Blob([], { type: "a/b" }) }),
  "a large Blob": (realm) => ({ method: "POST", body: new realm.Blob(["0123456789".repeat(30_000)]) }),
  "a large string": () => ({ method: "POST", body: "0123456789".repeat(10_000) }),
  "a File": (realm) => ({ method: "PUT", body: new realm.File(["file"], "n.txt", { type: "text/x-file" }) }),
  "a form with its own type": (realm) => {
    const body = new realm.FormData();
    body.append("name", "Ada");
    return { method: "POST", headers: { "content-type": "text/x-form" }, body };
  },
  "a GET with a body": () => ({ body: "hello" }),
  "a HEAD with an empty body": () => ({ method: "HEAD", body: "" }),
});

const FORMS = rows(
  {
    "a form": (realm) => ({ method: "POST", body: form(realm) }),
    "an empty form": (realm) => ({ method: "POST", body: new realm.FormData() }),
  },
  { unreadable: /WebKit cannot read a form/ },
);

const OTHER_BODIES = [
  ...rows({ "a number": () => ({ method: "POST", body: 5 as never }) }, { refused: /must be a string/ }),
  ...rows(
    { "an object": () => ({ method: "POST", body: { a: 1 } as never }) },
    { refused: /JSON.stringify/ },
  ),
].map((row): Row => ({ ...row, isInvisible: true }));

const MODES = [
  ...rows({
    "mode cors": () => ({ mode: "cors" }),
    "mode same-origin": () => ({ mode: "same-origin" }),
    "mode same-origin, POST": () => ({ method: "POST", mode: "same-origin", referrerPolicy: "no-referrer" }),
    "mode navigate": () => ({ mode: "navigate" }),
    "credentials omit": () => ({ credentials: "omit" }),
    "credentials same-origin": () => ({ credentials: "same-origin" }),
    "credentials include": () => ({ credentials: "include" }),
    "an unknown mode": () => ({ mode: "no-such" as never }),
    "unknown credentials": () => ({ credentials: "no-such" as never }),
  }),
  ...rows(
    {
      "mode cors, elsewhere": () => ({ mode: "cors", headers: { "x-a": "1" } }),
      "mode same-origin, elsewhere": () => ({ mode: "same-origin" }),
      "credentials omit, elsewhere": () => ({ credentials: "omit" }),
      "credentials same-origin, elsewhere": () => ({ credentials: "same-origin", method: "POST", body: "x" }),
      "credentials include, elsewhere": () => ({ credentials: "include", method: "POST", body: "x" }),
    },
    { isForeign: true },
  ),
  ...rows({ "mode no-cors": () => ({ mode: "no-cors" }) }, { refused: /nobody may read/ }),
];

const CACHES = [
  ...["default", "no-store", "reload", "no-cache", "force-cache", "no-such"].map(
    (cache): Row => ({ name: `cache ${cache}`, init: () => ({ cache: cache as RequestCache }) }),
  ),
  ...rows(
    { "cache only-if-cached": () => ({ cache: "only-if-cached", mode: "same-origin" }) },
    { refused: /asks nobody/ },
  ),
];

const REFERRERS = [
  ...rows({
    "no referrer": () => ({ referrer: "" }),
    "no referrer, POST": () => ({ referrer: "", method: "POST", body: "x" }),
    "the referrer of the client": () => ({ referrer: "about:client" }),
    "a referrer": () => ({ referrer: "/other?page=1#part" }),
    "a referrer of another origin": () => ({ referrer: "https://elsewhere.test/" }),
    "an invalid referrer": () => ({ referrer: "http://" }),
    "a referrer and a policy": () => ({ referrer: "/other?page=1", referrerPolicy: "origin" }),
    "an unknown policy": () => ({ referrerPolicy: "never" as never }),
  }),
  ...POLICIES.flatMap((referrerPolicy) =>
    [false, true].map(
      (isForeign): Row => ({
        name: `policy "${referrerPolicy}"${isForeign ? ", elsewhere" : ""}`,
        init: () => ({ referrerPolicy }),
        isForeign,
      }),
    ),
  ),
];

const OTHERS = [
  ...rows({
    "redirect follow": () => ({ redirect: "follow" }),
    "no integrity": () => ({ integrity: "" }),
    keepalive: () => ({ keepalive: true, method: "POST", body: "x" }),
    "duplex half": () => ({ duplex: "half", method: "POST", body: "x" }),
    "no window": () => ({ window: null }),
    "a window": () => ({ window: {} as never }),
    "a signal": (realm) => ({ signal: new realm.AbortController().signal }),
    "no signal": () => ({ signal: null }),
    "an aborted signal": (realm) => {
      const controller = new realm.AbortController();
      controller.abort();
      return { signal: controller.signal, method: "POST", body: "x" };
    },
  }),
  ...rows({ "redirect error": () => ({ redirect: "error" }) }, { refused: /always followed/ }),
  ...rows({ "redirect manual": () => ({ redirect: "manual" }) }, { refused: /always followed/ }),
  ...rows({ integrity: () => ({ integrity: "sha256-x" }) }, { refused: /Subresource Integrity/ }),
  ...rows({ credentials: () => ({ headers: { authorization: "Bearer x" } }) }, { refused: /willSend/ }),
  ...rows(
    { "an invalid signal": () => ({ signal: {} as never }) },
    { refused: /AbortSignal/, isInvisible: true },
  ),
  ...rows(
    { priority: () => ({ priority: "high" }) },
    {
      refused: /options of the task/,
      isInvisible: true,
      differs: { priority: "Firefox sends it to the server; it cannot be read out of a Request" },
    },
  ),
];

/** Everything that a request can say, one or two things a row. */
export const ROWS: readonly Row[] = [
  ...ADDRESSES,
  ...METHODS,
  ...HEADERS,
  ...CONDITIONS,
  ...BODIES,
  ...FORMS,
  ...OTHER_BODIES,
  ...MODES,
  ...CACHES,
  ...REFERRERS,
  ...OTHERS,
];
