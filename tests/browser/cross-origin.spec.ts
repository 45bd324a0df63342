import type { TestServer } from "../../server/server.ts";
import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { rangesAsked } from "../support/ranges-asked.ts";
import { startDownload, startTask } from "../support/start-task.ts";
import { endOf, expectFile } from "../support/task-end.ts";
import type { TestPage } from "../support/test-browser.ts";

const PATH = "/files/2MB.bin";
const SIZE = 2_000_000;
const CUT = 1_000_000;
const LOST = "throttle=4MB&cut=1MB&cutTimes=1";
const NEXT = `${PATH}?seed=2`;

/** The path and the query of a download that is cut off once. */
function addressOf(query: string): string {
  return `${PATH}?${LOST}&${query}`;
}

function startCut(page: TestPage, site: TestServer, id: string, query: string): Promise<void> {
  return startDownload(page, id, site.crossOrigin + addressOf(query));
}

/** Expects requests that need no preflight, since many servers refuse it. */
function expectNoPreflight(site: TestServer): void {
  expect(site.requests(({ method }) => method === "OPTIONS")).toEqual([]);
  for (const { headers, url } of site.requests(PATH)) {
    expect(headers["if-range"], url).toBeUndefined();
    expect(headers["idempotency-key"], url).toBeUndefined();
  }
}

const PROOFS = {
  "Last-Modified and Content-Length, if everything else is hidden": "cors=basic",
  "Last-Modified and Content-Length, if there is no ETag": "cors=basic&etag=none",
  "its ETag, if that is exposed": "cors=expose&lastModified=none",
  "its ETag and Content-Range, if both are exposed": "cors=expose",
  "its Last-Modified and Content-Range, if the ETag is weak": "cors=expose&etag=weak",
};

test("a download from another origin resumes by whatever proves that the file is unchanged", {
  tag: "@core",
}, async ({ page, site }) => {
  for (const [proof, query] of Object.entries(PROOFS)) await startCut(page, site, proof, query);
  for (const [proof, query] of Object.entries(PROOFS)) {
    await expectFile(page, proof, await site.sha256(PATH));
    const [first, offset = 0, ...others] = rangesAsked(site, addressOf(query));
    expect(first, proof).toBeUndefined();
    expect(others, proof).toEqual([]);
    expect(offset, proof).toBeGreaterThan(CUT / 2);
    expect(site.bytesSent(addressOf(query)), proof).toBe(CUT + SIZE - offset);
  }
  expectNoPreflight(site);
});

const DOUBTS = {
  "changed its Last-Modified": ["cors=basic&change=after:1", NEXT],
  "changed its Last-Modified and hides Content-Range": ["cors=basic&change=after:1&etag=none", NEXT],
  "changed its ETag": ["cors=expose&change=after:1&lastModified=fixed", NEXT],
  "has no validator": ["cors=expose&etag=none&lastModified=none", PATH],
  "has only hidden validators": ["cors=basic&lastModified=none", PATH],
  "comes from a server without ranges": ["cors=basic&ranges=none", PATH],
  "comes from a server that starts at another offset": ["cors=basic&ranges=wrong-start", PATH],
  "comes from a server that starts at another offset and says so": ["cors=expose&ranges=wrong-start", PATH],
  "comes with another total length": ["cors=expose&ranges=wrong-total", PATH],
} as const;

async function expectRestarts(
  page: TestPage,
  site: TestServer,
  doubts: Readonly<Record<string, readonly [query: string, expected: string]>>,
): Promise<void> {
  for (const [doubt, [query]] of Object.entries(doubts)) await startCut(page, site, doubt, query);
  for (const [doubt, [query, expected]] of Object.entries(doubts)) {
    await expectFile(page, doubt, await site.sha256(expected));
    const last = site.requests(addressOf(query)).at(-1);
    expect(last?.status, doubt).toBe(200);
    expect(last?.bodyBytesSent, doubt).toBe(SIZE);
  }
  expectNoPreflight(site);
}

test("a download from another origin starts over if anything is in doubt", async ({ page, site }) => {
  await expectRestarts(page, site, DOUBTS);
});

test(
  "a download from another origin that never declared its length starts over",
  needs("breaks-of-chunked-bodies"),
  async ({ page, site }) => {
    const doubt = "never declared its length";
    await expectRestarts(page, site, { [doubt]: ["cors=basic&length=none", PATH] });
  },
);

test(
  "a body of unknown length resumes if Content-Range is exposed",
  needs("breaks-of-chunked-bodies"),
  async ({ page, site }) => {
    await startDownload(page, "cut", `${site.crossOrigin}${PATH}?${LOST}&cors=expose&length=none`);
    await expectFile(page, "cut", await site.sha256(PATH));
    const [, offset = 0] = rangesAsked(site, PATH);
    expect(site.bytesSent(PATH)).toBe(CUT + SIZE - offset);
    expectNoPreflight(site);
  },
);

test("a POST to another origin is sent without a preflight", async ({ page, site }) => {
  const url = `${site.crossOrigin}/echo?cors=basic`;
  await startTask(page, "dataTask", "post", { url, method: "POST", body: "hello" });
  await endOf(page, "post");
  expect(site.requests("/echo").map(({ method, status }) => [method, status])).toEqual([["POST", 200]]);
  expect(site.requests("/echo")[0]?.headers["idempotency-key"]).toBeUndefined();
});

test("a POST to another origin carries an Idempotency-Key if the app asks for it", async ({ page, site }) => {
  const url = `${site.crossOrigin}/echo?cors=basic&preflight=ok`;
  const request = { url, method: "POST", body: "hello" };
  await startTask(page, "dataTask", "post", request, { idempotencyKey: true });
  await endOf(page, "post");
  expect(site.requests("/echo").map(({ method }) => method)).toEqual(["OPTIONS", "POST"]);
  expect(site.requests("/echo")[1]?.headers["idempotency-key"]).toMatch(/^[0-9a-f-]{36}$/);
});
