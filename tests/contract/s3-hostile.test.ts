import { describe, expect, it } from "vitest";
import { s3Steps } from "../../src/sw/uploads/s3/s3-steps.ts";
import { uploadProtocol } from "../../src/sw/uploads/steps/index.ts";
import { useDatabases } from "../support/fake-database.ts";
import { error, xml } from "../support/servers/s3-answers.ts";
import { nameOf, S3Bucket } from "../support/servers/s3-bucket.ts";
import { signForBucket } from "../support/servers/sign-for-bucket.ts";
import { sha256Of } from "../support/sha256-of.ts";
import { uploadBench } from "../support/upload-bench.ts";
import { uploadBytes } from "../support/upload-bytes.ts";

const PART = 1024 * 1024;
const URL_OF_OBJECT = "https://bucket.test/photos/1.jpg";
const OTHER_REGION = "https://bucket.eu-west-1.test";

/** What must happen before, so that an upload sends a request of this name. */
const STEPS: Readonly<Record<string, (name: string, number: number) => ReturnType<S3Bucket["fault"]>>> = {
  put: () => undefined,
  create: () => undefined,
  "part 2": () => undefined,
  list: (name, number) => (name === "part 3" && number === 1 ? error(503, "SlowDown") : undefined),
  complete: () => undefined,
  head: (name, number) =>
    name === "complete" && number === 1 ? { after: error(500, "InternalError") } : undefined,
};

const page = () => new Response("<!doctype html><p>Sign in", { headers: { "content-type": "text/html" } });

/** Once, each costs another try at most. `except` has the steps of which it is the honest end. */
const ANSWERS: Readonly<
  Record<string, { answer: () => Response; except?: readonly string[]; says?: string }>
> = {
  "a page with status 200": { answer: page },
  "XML that breaks off": { answer: () => xml("<ListParts") },
  "an answer that is empty": { answer: () => new Response(""), except: ["put", "part 2"] },
  "200 with an error in it": {
    answer: () => xml("<Error><Code>InternalError</Code></Error>"),
    says: "InternalError",
  },
  "200 with an error in it that has no message": { answer: () => error(200, "AccessDenied", "") },
  SlowDown: { answer: () => error(503, "SlowDown") },
  "a page with status 502": { answer: () => new Response("<p>Bad gateway", { status: 502 }) },
  "too many requests": { answer: () => error(429, "TooManyRequests") },
  OperationAborted: { answer: () => error(409, "OperationAborted") },
  "a body that broke off": { answer: () => error(400, "RequestTimeout"), says: "RequestTimeout" },
  "a signature that has expired": {
    answer: () => error(403, "AccessDenied", "Request has expired"),
    says: "clock",
  },
  "a signature that is not valid yet": {
    answer: () => error(403, "AccessDenied", "Request is not yet valid"),
    says: "clock",
  },
  "the same, as MinIO says it": {
    answer: () => error(403, "AccessDenied", "Request is not valid yet"),
    says: "clock",
  },
  "a signature that has expired, as Ceph says it": { answer: () => error(403, "AccessDenied", "") },
  "a clock that is wrong": { answer: () => error(403, "RequestTimeTooSkewed"), says: "clock" },
  "a token that has expired": { answer: () => error(400, "ExpiredToken"), says: "ExpiredToken" },
};

describe("a hostile bucket", () => {
  const newDatabase = useDatabases();

  async function bench(step: string, answer?: (number: number) => Response | undefined) {
    const bucket = new S3Bucket({ leastPartBytes: PART, forgetsCompleted: step === "head" });
    bucket.fault = (name, number) => {
      const given = name === step ? answer?.(number) : undefined;
      // An answer to HEAD has no body.
      const { status = 0 } = given ?? {};
      return step === "head" && given
        ? new Response(null, { status })
        : (given ?? STEPS[step]?.(name, number));
    };
    const protocol = uploadProtocol(s3Steps((it) => signForBucket(bucket, it, URL_OF_OBJECT), PART));
    const sizeBytes = step === "put" ? PART : 2.5 * PART;
    const it = await uploadBench(newDatabase(), protocol, bucket.handle, {
      sizeBytes,
      row: { url: URL_OF_OBJECT },
      configuration: { retry: { limit: 2, unsafe: true } },
    });
    const hasWhole = () => bucket.objects.get("/photos/1.jpg")?.sha256 === sha256Of(uploadBytes(sizeBytes));
    return { ...it, bucket, hasWhole };
  }

  for (const step of Object.keys(STEPS)) {
    describe(`at ${step}`, () => {
      for (const [name, { answer, except = [], says }] of Object.entries(ANSWERS)) {
        it.skipIf(except.includes(step))(`${name}, once: the object is whole`, async () => {
          const { finish, row, hasWhole, bucket } = await bench(step, (number) =>
            number === 1 ? answer() : undefined,
          );
          await finish();
          expect(await row()).toMatchObject({ state: "completed", response: { status: 200 } });
          expect((await row()).failure).toBeUndefined();
          expect([hasWhole(), bucket.talk.includes(step)]).toEqual([true, true]);
        });

        it.skipIf(step === "put" && except.includes(step))(
          `${name}, for ever: the task ends, and claims nothing`,
          async () => {
            const { finish, row, line } = await bench(step, answer);
            expect((await finish(20)).length).toBeLessThan(20);
            expect(line.requests.length).toBeLessThan(60);
            const { state, response, failure } = await row();
            expect(state).toBe("completed");
            expect(
              failure?.code === "bad-response" || (response !== undefined && response.status >= 400),
            ).toBe(true);
            if (failure !== undefined && !except.includes(step))
              expect(failure.message).toContain(step === "head" ? "s3:ListBucket" : (says ?? ""));
            expect(JSON.stringify([failure, response])).not.toContain("signature=");
          },
        );
      }

      it.each([
        ["301, whose target cannot be read", undefined],
        ["307", `${OTHER_REGION}/photos/1.jpg`],
      ])("another region, by %s: the task ends, says so, and sends nothing there", async (_, target) => {
        const { finish, row, line } = await bench(step);
        line.faultAt = ({ method, url, redirect }) => {
          // The browser asks where the redirect leads to.
          if (method === "HEAD" && redirect === "follow")
            return { kind: "answer", response: new Response(null, { status: 301 }), url: target ?? url };
          return nameOf(method, new URL(url).searchParams) === step
            ? { kind: "answer", response: opaque() }
            : undefined;
        };
        await finish();
        expect((await row()).failure).toMatchObject({
          code: "bad-response",
          message: expect.stringContaining("https://bucket.test redirects the"),
        });
        expect(line.requests.filter(({ url }) => !url.startsWith("https://bucket.test/"))).toEqual([]);
      });
    });
  }

  it.each(["EntityTooSmall", "EntityTooLarge", "InvalidPartOrder", "MalformedXML"])(
    "%s to Complete is the task's answer at once, with its text",
    async (code) => {
      const { finish, row, bucket } = await bench("complete", () => error(400, code));
      expect(await finish()).toMatchObject([{ kind: "finished", response: { status: 400 } }]);
      expect(new TextDecoder().decode((await row()).response?.body)).toContain(`<Code>${code}</Code>`);
      expect(bucket.talk.filter((word) => word === "complete")).toHaveLength(1);
    },
  );

  it("a signature for another region is the task's answer, with what the bucket says about it", async () => {
    const says =
      "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'";
    const { finish, row } = await bench("create", () => error(400, "AuthorizationHeaderMalformed", says));
    await finish();
    const { response } = await row();
    expect([response?.status, new TextDecoder().decode(response?.body)]).toEqual([
      400,
      expect.stringContaining(says),
    ]);
  });

  it.each(["2", "-1", "x", "", "99999"])(
    "a list of parts that goes on at part '%s' for ever has an end",
    async (marker) => {
      const list = `<ListPartsResult><NextPartNumberMarker>${marker}</NextPartNumberMarker><IsTruncated>true</IsTruncated></ListPartsResult>`;
      const { finish, row, line } = await bench("list", () => xml(list));
      expect((await finish(20)).length).toBeLessThan(20);
      expect((await row()).failure).toMatchObject({
        code: "bad-response",
        message: expect.stringContaining("list of parts"),
      });
      expect(line.requests.length).toBeLessThan(60);
    },
  );
});

/** The response that a browser gives for a redirect that it must not follow. */
function opaque(): Response {
  const response = new Response(null);
  Object.defineProperty(response, "status", { value: 0 });
  Object.defineProperty(response, "type", { value: "opaqueredirect" });
  return response;
}
