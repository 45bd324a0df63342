import type { TestServer } from "../../server/server.ts";
import { ROWS, type Row } from "../support/app/request-rows.ts";
import type { Comparison, Kind, Seen, Way } from "../support/app/request-table.ts";
import { comparable } from "../support/comparable-request.ts";
import { expect, test } from "../support/fixtures.ts";
import type { TestPage } from "../support/test-browser.ts";

// Each request reaches the server as `fetch` would have sent it from that page, or the call throws (F1). The rows
// (support/app/request-rows.ts) are what a request can say; the columns are how it is given, and to which task.

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
  range: "a download from the page's own origin asks for a range at first, which makes the body resumable",
  "accept-encoding": "a browser does not accept an encoded range",
  "cache-control": "a download is not also stored in the HTTP cache",
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

/** Describes the difference in one line; undefined if there is none. */
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

/** The treatment of each option of `fetch`, and of each property of a `Request`. */
const DECISIONS: Readonly<Record<string, string>> = {
  url: "kept",
  method: "kept",
  headers: "kept, but credential headers throw unless the app allows them to be stored",
  body: "kept; a stream is stored before it is sent",
  bodyUsed: "throws: there is nothing left to send",
  mode: "kept, but a mode whose response is opaque throws",
  credentials: "kept",
  cache: "kept, but only-if-cached throws; a download bypasses the cache by default",
  redirect: "throws unless it is follow",
  referrer: "kept",
  referrerPolicy: "kept; the page's if it is empty",
  integrity: "checked when the whole is on disk; throws if it is malformed",
  signal: "kept as long as the page lives: aborting it cancels the task",
  keepalive: "without effect: a task outlives its page anyway",
  duplex: "without effect: the body sent is not a stream",
  window: "without effect: a worker has no window, as null requests",
  priority: "throws in a description; a Request does not show it",
  destination: "without effect: it is empty in requests made by scripts",
  isHistoryNavigation: "without effect: only the browser's own requests have it",
  isReloadNavigation: "without effect: only the browser's own requests have it",
  targetAddressSpace:
    "throws in a description; without effect in a Request: the worker has the page's address space",
};
/** Options that browsers support, or supported, beyond the standard. */
const UNKNOWN_INIT = [
  "attributionReporting",
  "browsingTopics",
  "privateToken",
  "sharedStorageWritable",
  "importance",
];

test("every property of a Request has a decision, and a description throws for those it cannot keep", async ({
  page,
}) => {
  const { shown, refused } = await page.evaluate(
    async (names) => {
      const all = Object.entries(Object.getOwnPropertyDescriptors(Request.prototype));
      const session = await app.open();
      const refused = names.filter((name) => {
        try {
          void session.dataTask({ url: "/echo", [name]: undefined } as never).cancel();
          return false;
        } catch (error) {
          return error instanceof TypeError;
        }
      });
      return { shown: all.flatMap(([name, { get }]) => (get === undefined ? [] : [name])), refused };
    },
    [...Object.keys(DECISIONS), ...UNKNOWN_INIT],
  );
  expect(shown.filter((name) => !(name in DECISIONS))).toEqual([]);
  expect(refused.sort()).toEqual(
    [
      ...["bodyUsed", "destination", "isHistoryNavigation", "isReloadNavigation"],
      ...["priority", "targetAddressSpace", ...UNKNOWN_INIT],
    ].sort(),
  );
});

test("a data task sends what fetch sends, however the request is given", { tag: "@core" }, async ({
  page,
  site,
}) => {
  const comparisons = await compare(page, site, "data", ALL_WAYS);
  expect(comparisons.length).toBeGreaterThan(ROWS.length * 5);
  expect(faultsIn(comparisons)).toEqual([]);
});

test("a download sends what fetch sends, except for the range that makes it resumable", async ({
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

test("each request of a tus upload has the app's settings for the whole upload", async ({ page, site }) => {
  const comparisons = await compare(page, site, "tus", TWO_WAYS);
  const ofProtocol = ["content-type", "content-length", "cache-control", "pragma", "accept-encoding"];
  const isOfProtocol = (header: string) => ofProtocol.includes(header) || /^(tus|upload)-/.test(header);
  const heard = comparisons.map((it) => {
    // Requests with a body are compared with the page's own fetch as well.
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

test("a request made in an iframe is sent whole, although the iframe is removed right after the call", async ({
  page,
}) => {
  const echoes = await page.evaluate(async () => {
    const session = await app.open();
    const frame = document.createElement("iframe");
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
    frame.src = "/frame.html";
    document.body.append(frame);
    await loaded;
    const { Request, Blob, File, FormData } = frame.contentWindow as unknown as typeof globalThis;
    const form = new FormData();
    form.append("file", new File(["in a form"], "a.txt"));
    const blob = new Blob(["0123456789".repeat(30_000)]);
    const tasks = [
      session.dataTask(new Request("/echo", { method: "DELETE", body: "in a Request" })),
      session.dataTask({ url: "/echo", method: "POST", body: form }),
      session.uploadTask("/echo", form),
      session.uploadTask("/echo", blob),
      session.uploadTask("/echo", new File(["a file"], "f.txt", { type: "text/x-file" })),
    ];
    frame.remove();
    for (const task of tasks) void task.resume();
    const results = await Promise.all(tasks.map(({ completed }) => completed));
    return Promise.all(
      results.map(async ({ response, error }) => (await response?.json()) ?? error?.message),
    );
  });
  expect(echoes).toMatchObject([
    { method: "DELETE", bodyText: "in a Request" },
    { bodyText: expect.stringContaining("in a form") },
    { bodyText: expect.stringMatching(/filename="a.txt"[\s\S]*in a form/) },
    { bodyBytes: 300_000 },
    { bodyText: "a file", headers: { "content-type": "text/x-file" } },
  ]);
});

test("a Request's own signal cancels its task", async ({ page, site }) => {
  const errors = await page.evaluate(async () => {
    const session = await app.open();
    const controllers = [new AbortController(), new AbortController(), new AbortController()] as const;
    const [own, described, both] = controllers.map(({ signal }) => signal);
    const url = "/files/1MB.bin?stall=1KB";
    const tasks = [
      session.downloadTask(new Request(url, { signal: own as AbortSignal })),
      session.downloadTask({ url, signal: described as AbortSignal }),
      session.downloadTask(new Request(url, { signal: both as AbortSignal }), {
        signal: new AbortController().signal,
      }),
    ];
    for (const task of tasks) await task.resume();
    for (const controller of controllers) controller.abort();
    return Promise.all(tasks.map(async ({ completed }) => (await completed).error?.code));
  });
  expect(errors).toEqual(["cancelled", "cancelled", "cancelled"]);
  expect(site.requests("/files/1MB.bin").every(({ finished }) => !finished)).toBe(true);
});

test("a Request made from another Request keeps its body: dataTask sends it, uploadTask refuses it", async ({
  page,
}) => {
  const seen = await page.evaluate(async () => {
    const session = await app.open();
    const post = { method: "POST", body: "hello" };
    // Firefox does not take the body over if the options are a Request.
    const made = () =>
      "body" in Request.prototype
        ? new Request("/echo", new Request("/", post))
        : new Request(new Request("/echo", post));
    let refused = "";
    try {
      session.uploadTask(made(), "other");
    } catch (error) {
      refused = String(error);
    }
    const request = made();
    const task = session.dataTask(request);
    void task.resume();
    const { bodyText } = (await (await task.completed).response?.json()) ?? {};
    return { refused, bodyText, kept: await request.text() };
  });
  expect(seen).toEqual({
    refused: expect.stringMatching(/^TypeError.*must not have one/),
    bodyText: "hello",
    kept: "hello",
  });
});
