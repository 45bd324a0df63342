import type { TestServer } from "../../demo/server/server.ts";
import { ROWS, type Row } from "../support/app/request-rows.ts";
import type { Comparison, Kind, Seen, Way } from "../support/app/request-table.ts";
import { expect, test } from "../support/fixtures.ts";
import type { TestPage } from "../support/test-browser.ts";

// What the caller hands over reaches the server as `fetch` would have sent it from that page, or the call throws (F1).
// The rows are in support/app/request-rows.ts: what can be said in a request; the columns are how it is given, and to what.

const ALL_WAYS: readonly Way[] = [
  "address",
  "URL",
  "description",
  "description of another realm",
  "Request",
  "Request of a Request",
  "Request of an address and a Request",
  "Request of another realm",
];
const TWO_WAYS: readonly Way[] = ["address", "description", "Request of another realm"];

/** Headers that may differ, and why. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  "idempotency-key": "lets the server tell a repeated POST or PATCH from a new one",
  "accept-language": "Playwright has Firefox send another one from its pages",
  "sec-ch-ua": "Chromium sends no client hints from a worker",
  "sec-ch-ua-mobile": "the same",
  "sec-ch-ua-platform": "the same",
};
const DIFFERENCES_OF_DOWNLOADS: Readonly<Record<string, string>> = {
  ...DIFFERENCES,
  range: "the page's own origin is asked for a range at first, which makes the body resumable",
  "accept-encoding": "a browser takes no coded range",
  "cache-control": "a download is not kept a second time in the HTTP cache",
  pragma: "the same",
};

test.beforeEach(({ site }) => {
  site.serve("/frame.html", { body: "<!doctype html><title>Another realm</title>" });
  site.route("/echo-there", async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method, url, headers } = request;
    response.setHeader("access-control-allow-origin", headers.origin ?? "*");
    response.setHeader("access-control-allow-credentials", "true");
    response.setHeader("access-control-allow-headers", "x-a");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ method, url, headers, bodyBytes: body.length, bodyText: body }));
  });
});

async function compare(page: TestPage, site: TestServer, kind: Kind, ways: readonly Way[]) {
  await page.evaluate(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: every engine has it
    document.cookie = "flavour=plain";
  });
  return page.evaluate(
    async ({ kind, ways, crossOrigin }) => {
      const session = app.BackgroundSession.current("test") ?? (await app.open());
      return app.compare({ session, kind, ways, crossOrigin });
    },
    { kind, ways, crossOrigin: site.crossOrigin },
  );
}

const rowsByName = new Map(ROWS.map((row) => [row.name, row]));

/** Says what is wrong in one line; undefined if all is as it should be. */
function faultIn(
  { row: name, way, fetched, sent }: Comparison,
  differences: Readonly<Record<string, string>>,
): string | undefined {
  const row = rowsByName.get(name) as Row;
  const isRefused = row.refused !== undefined && !(row.isInvisible && !way.startsWith("description"));
  if (row.unreadable !== undefined && isTypeError(sent, row.unreadable) && way.startsWith("Request")) return;
  const shown = `${name}, ${way}:`;
  if (isRefused || fetched.error?.startsWith("TypeError")) {
    return isTypeError(sent, isRefused ? row.refused : /./)
      ? undefined
      : `${shown} no TypeError, ${sent.error}`;
  }
  if (fetched.error !== undefined) return sent.error === "cancelled" ? undefined : `${shown} ${sent.error}`;
  const own = new Headers(row.init(globalThis).headers);
  const allowed = Object.keys({ ...differences, ...row.differs }).filter((header) => !own.has(header));
  const expected = comparable(fetched, allowed);
  const got = comparable(sent, allowed);
  const different = [...new Set([...Object.keys(expected), ...Object.keys(got)])]
    .filter((fact) => expected[fact] !== got[fact])
    .map((fact) => `${fact} ${JSON.stringify([expected[fact], got[fact]])}`);
  return different.length === 0 ? undefined : `${shown} ${different.join("; ")}`;
}

function faultsIn(comparisons: readonly Comparison[], differences = DIFFERENCES): string[] {
  return comparisons.flatMap((it) => faultIn(it, differences) ?? []);
}

function isTypeError({ error = "" }: Seen, message = /./): boolean {
  return error.startsWith("TypeError") && message.test(error);
}

/** Leaves out what may differ, and the boundary of a form, which is another one each time. */
function comparable(
  { method, url, headers = {}, bodyBytes, body = "", error }: Seen,
  differences: readonly string[],
): Record<string, unknown> {
  // A form with a type of the app's own has a boundary as well.
  const boundary =
    /boundary=(.*)$/.exec(headers["content-type"] ?? "")?.[1] ?? /^--(-{4}.*)\r\n/.exec(body)?.[1];
  const plain = (text: string) => (boundary === undefined ? text : text.replaceAll(boundary, "BOUNDARY"));
  const kept = Object.entries(headers)
    .filter(([name]) => !differences.includes(name) && !(boundary !== undefined && name === "content-length"))
    .map(([name, value]) => [name, plain(value).replace("; boundary", ";boundary")]);
  return {
    ...Object.fromEntries(kept),
    error,
    method,
    url: url?.replace(/-(fetched|sent)/, ""),
    body: plain(body),
    bodyBytes: boundary === undefined && bodyBytes,
  };
}

test("a data task sends what fetch sends, however it is given", { tag: "@core" }, async ({ page, site }) => {
  const comparisons = await compare(page, site, "data", ALL_WAYS);
  expect(comparisons.length).toBeGreaterThan(ROWS.length * 5);
  expect(faultsIn(comparisons)).toEqual([]);
});

test("a download sends what fetch sends, but for the range that makes it resumable", async ({
  page,
  site,
}) => {
  const comparisons = await compare(page, site, "download", TWO_WAYS);
  expect(comparisons.length).toBeGreaterThan(ROWS.length);
  expect(faultsIn(comparisons, DIFFERENCES_OF_DOWNLOADS)).toEqual([]);
});

test("an upload sends what fetch sends", async ({ page, site }) => {
  const comparisons = await compare(page, site, "upload", TWO_WAYS);
  expect(comparisons.length).toBeGreaterThan(ROWS.length);
  expect(faultsIn(comparisons)).toEqual([]);
});

test("each request of a tus upload has what the app said of the whole", async ({ page, site }) => {
  const comparisons = await compare(page, site, "tus", TWO_WAYS);
  const ofProtocol = ["content-type", "content-length", "cache-control", "pragma", "accept-encoding"];
  const isOfProtocol = (header: string) => ofProtocol.includes(header) || /^(tus|upload)-/.test(header);
  const heard = comparisons.map((it) => {
    // A page's own fetch is compared with what has a body as well.
    const requests = site.requests(
      ({ url, method }) => url.includes(`${it.key}-sent`) && ["POST", "PATCH"].includes(method),
    );
    const all = requests.map(({ headers }) => headers as Seen["headers"] & object);
    return { ...it, fetched: { ...it.fetched, headers: without(it.fetched.headers, isOfProtocol) }, all };
  });
  const faults = heard.flatMap(({ all, ...it }) => {
    const { error } = it.sent;
    if (error !== undefined) return faultIn(it, DIFFERENCES) ?? [];
    if (all.length === 0) return `${it.row}, ${it.way}: nothing sent`;
    return all.flatMap((headers) => {
      const { error: _, ...head } = { ...it.fetched, headers: without(headers, isOfProtocol) };
      return faultIn({ ...it, sent: head }, DIFFERENCES) ?? [];
    });
  });
  expect(heard.filter(({ all }) => all.length > 0).length).toBeGreaterThan(20);
  expect(faults).toEqual([]);
});

function without(headers: Seen["headers"] = {}, isLeftOut: (header: string) => boolean) {
  return Object.fromEntries(Object.entries(headers).filter(([header]) => !isLeftOut(header)));
}
