import type { TestServer } from "../../server/server.ts";
import { needs } from "../support/absences.ts";
import { expect, test } from "../support/fixtures.ts";
import { rangesAsked } from "../support/ranges-asked.ts";
import { startDownload, startTask } from "../support/start-task.ts";
import { endOf, expectFile } from "../support/task-end.ts";

const PATH = "/files/2MB.bin";
const SIZE = 2_000_000;
const CUT = 1_000_000;
const LOST = "throttle=4MB&cut=1MB&cutTimes=1";
const NEXT = `${PATH}?seed=2`;

/** Expects requests that need no preflight, since many servers refuse it. */
function expectNoPreflight(site: TestServer): void {
  expect(site.requests(({ method }) => method === "OPTIONS")).toEqual([]);
  for (const { headers } of site.requests(PATH)) {
    expect(headers["if-range"]).toBeUndefined();
    expect(headers["idempotency-key"]).toBeUndefined();
  }
}

const PROOFS = {
  "Last-Modified and Content-Length, if everything else is hidden": "cors=basic",
  "Last-Modified and Content-Length, if there is no ETag": "cors=basic&etag=none",
  "its ETag, if that is exposed": "cors=expose&lastModified=none",
  "its ETag and Content-Range, if both are exposed": "cors=expose",
  "its Last-Modified and Content-Range, if the ETag is weak": "cors=expose&etag=weak",
};

for (const [proof, query] of Object.entries(PROOFS)) {
  test(`a download from another origin resumes by ${proof}`, {
    tag: query === "cors=basic" || query === "cors=expose" ? "@core" : [],
  }, async ({ page, site }) => {
    await startDownload(page, "cut", `${site.crossOrigin}${PATH}?${LOST}&${query}`);
    await expectFile(page, "cut", await site.sha256(PATH));
    const [first, offset = 0, ...others] = rangesAsked(site, PATH);
    expect(first).toBeUndefined();
    expect(others).toEqual([]);
    expect(offset).toBeGreaterThan(CUT / 2);
    expect(site.bytesSent(PATH)).toBe(CUT + SIZE - offset);
    expectNoPreflight(site);
  });
}

const DOUBTS = {
  "changed its Last-Modified": ["cors=basic&change=after:1", NEXT],
  "changed its Last-Modified and hides Content-Range": ["cors=basic&change=after:1&etag=none", NEXT],
  "changed its ETag": ["cors=expose&change=after:1&lastModified=fixed", NEXT],
  "has no validator": ["cors=expose&etag=none&lastModified=none", PATH],
  "has only hidden validators": ["cors=basic&lastModified=none", PATH],
  "never declared its length": ["cors=basic&length=none", PATH],
  "comes from a server without ranges": ["cors=basic&ranges=none", PATH],
  "comes from a server that starts at another offset": ["cors=basic&ranges=wrong-start", PATH],
  "comes from a server that starts at another offset and says so": ["cors=expose&ranges=wrong-start", PATH],
  "comes with another total length": ["cors=expose&ranges=wrong-total", PATH],
} as const;

for (const [doubt, [query, expected]] of Object.entries(DOUBTS)) {
  const itsBreak = needs(...(query.includes("length=none") ? (["breaks-of-chunked-bodies"] as const) : []));
  test(`a download from another origin that ${doubt} starts over`, itsBreak, async ({ page, site }) => {
    await startDownload(page, "cut", `${site.crossOrigin}${PATH}?${LOST}&${query}`);
    await expectFile(page, "cut", await site.sha256(expected));
    const last = site.requests(PATH).at(-1);
    expect(last?.status).toBe(200);
    expect(last?.bodyBytesSent).toBe(SIZE);
    expectNoPreflight(site);
  });
}

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
