import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type S3Credentials,
  type SignedRequest,
  withCredentials,
} from "../../../../../src/sw/uploads/s3/credentials/index.ts";
import type { S3Operation } from "../../../../../src/sw/uploads/s3/s3-operation.ts";
import { queryOf } from "../../../../../src/sw/uploads/s3/s3-query.ts";
import type { UploadFacts } from "../../../../../src/sw/uploads/steps/upload-steps.ts";
import { sampleFrom } from "../../../../support/sample-from.ts";

const NOW = new Date("2026-11-29T12:00:00Z");
const HOUR_MS = 3_600_000;
const KEY = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const HEADERS = { "content-type": "image/jpeg", "x-amz-meta-upload-token": "1-2-3" };

const OPERATIONS: S3Operation[] = [
  { kind: "putObject", method: "PUT", sizeBytes: 3, headers: HEADERS },
  { kind: "createUpload", method: "POST", headers: HEADERS },
  { kind: "uploadPart", method: "PUT", uploadId: "a+b/c==", partNumber: 7, sizeBytes: 3 },
  { kind: "listParts", method: "GET", uploadId: "a~b", partNumberMarker: undefined },
  { kind: "listParts", method: "GET", uploadId: "a~b", partNumberMarker: "1000" },
  { kind: "completeUpload", method: "POST", uploadId: "a b" },
  { kind: "abortUpload", method: "DELETE", uploadId: "a" },
  { kind: "headObject", method: "HEAD" },
];
const HEAD = OPERATIONS.at(-1) as S3Operation;

const upload = (url: string) => ({ originalRequest: { url } }) as UploadFacts;
const PHOTO = upload("https://examplebucket.s3.eu-central-1.amazonaws.com/photos/7.jpg");

type Presign = (
  key: { id: string; secret: string; region: string },
  method: string,
  url: URL,
  headers?: object,
  seconds?: number,
) => string;
const { presign } = await sampleFrom<{ presign: Presign }>("s3.md", "presign.ts");

describe("an upload to S3 that is signed in the worker", () => {
  beforeEach(() => void vi.useFakeTimers({ now: NOW, toFake: ["Date"] }));
  afterEach(() => void vi.useRealTimers());

  it.each(OPERATIONS)("$kind has the signature that AWS expects", async (operation) => {
    const sign = withCredentials({ credentials: () => KEY });
    const found = await sign(operation, PHOTO);
    if (found === "wait") throw new Error("it waits");
    const target = new URL(PHOTO.originalRequest.url);
    target.search = new URLSearchParams(queryOf(operation)).toString();
    const headers = "headers" in operation ? { "x-amz-meta-upload-token": "1-2-3" } : {};
    const key = { id: KEY.accessKeyId, secret: KEY.secretAccessKey, region: "eu-central-1" };
    const expected = new URL(presign(key, operation.method, target, headers));
    const signed = new URL(found.url);
    expect(Object.fromEntries(signed.searchParams)).toEqual(Object.fromEntries(expected.searchParams));
    expect(signed.origin + signed.pathname).toBe(expected.origin + expected.pathname);
    expect(found.headers).toEqual("headers" in operation ? HEADERS : {});
  });

  it.each(["photo (1).jpg", "a+b.jpg", "100%25.jpg", "ä~'!*.jpg", "a/b//c.jpg", "%E2%82%AC"])(
    "an object may be named %s",
    async (name) => {
      const url = new URL(name, PHOTO.originalRequest.url);
      const found = await withCredentials({ credentials: () => KEY })(HEAD, upload(url.href));
      const key = { id: KEY.accessKeyId, secret: KEY.secretAccessKey, region: "eu-central-1" };
      const [signed, expected] = [(found as SignedRequest).url, presign(key, "HEAD", url)].map(
        (it) => new URL(it).searchParams,
      );
      expect(signed?.get("X-Amz-Signature")).toBe(expected?.get("X-Amz-Signature"));
    },
  );

  it("has the token of the credentials, and the region that the app names", async () => {
    const credentials = () => ({ ...KEY, sessionToken: "token/+=" });
    const sign = withCredentials({ credentials, region: "auto" });
    const found = await sign(HEAD, upload("https://storage.example.com/bucket/a"));
    const { searchParams } = new URL((found as SignedRequest).url);
    expect(searchParams.get("X-Amz-Security-Token")).toBe("token/+=");
    expect(searchParams.get("X-Amz-Credential")).toBe(`${KEY.accessKeyId}/20261129/auto/s3/aws4_request`);
  });

  it("leaves out a query and a fragment of the task's URL, and what else may be signed already", async () => {
    const sign = withCredentials({ credentials: () => KEY });
    const found = await sign(HEAD, upload(`${PHOTO.originalRequest.url}?X-Amz-Signature=old#end`));
    expect(found).toEqual(await sign(HEAD, PHOTO));
  });

  describe("asks for credentials", () => {
    let asked: number;
    const giving = (found: () => unknown) => {
      asked = 0;
      const credentials = async () => {
        asked += 1;
        return found() as S3Credentials;
      };
      return withCredentials({ credentials });
    };

    it.each([
      ["a Date", (date: Date) => date],
      ["an ISO string", (date: Date) => date.toISOString()],
      ["milliseconds", (date: Date) => date.getTime()],
    ])("once until a minute before they expire: %s", async (_, as) => {
      const sign = giving(() => ({ ...KEY, expiration: as(new Date(Date.now() + HOUR_MS)) }));
      await Promise.all(OPERATIONS.map((operation) => sign(operation, PHOTO)));
      vi.setSystemTime(NOW.getTime() + HOUR_MS - 61_000);
      await sign(HEAD, PHOTO);
      expect(asked).toBe(1);
      vi.setSystemTime(NOW.getTime() + HOUR_MS - 60_000);
      await sign(HEAD, PHOTO);
      expect(asked).toBe(2);
    });

    it("for each request if they do not say when they expire, but not twice at the same time", async () => {
      const sign = giving(() => KEY);
      await Promise.all([sign(HEAD, PHOTO), sign(HEAD, PHOTO)]);
      expect(asked).toBe(1);
      await sign(HEAD, PHOTO);
      expect(asked).toBe(2);
    });

    it("again after it was told to wait, and after a failure", async () => {
      const answers = ["wait", new TypeError("Failed to fetch"), KEY];
      const sign = giving(() => {
        const answer = answers.shift();
        if (answer instanceof Error) throw answer;
        return answer;
      });
      expect(await sign(HEAD, PHOTO)).toBe("wait");
      await expect(sign(HEAD, PHOTO)).rejects.toThrow("Failed to fetch");
      expect(await sign(HEAD, PHOTO)).toMatchObject({ headers: {} });
    });

    it.each([
      undefined,
      null,
      {},
      { AccessKeyId: "id", SecretAccessKey: "secret" },
      { accessKeyId: "id" },
      { accessKeyId: "", secretAccessKey: "secret" },
      { ...KEY, sessionToken: 1 },
      { ...KEY, expiration: "tomorrow" },
    ])("and says what is wrong with %j", async (found) => {
      const error = await Promise.resolve(giving(() => found)(HEAD, PHOTO)).catch((it: unknown) => it);
      expect(error).toBeInstanceOf(Error);
      expect(error).not.toBeInstanceOf(TypeError);
      expect((error as Error).message).toMatch(/credentials\(\) must return|is no expiration/);
    });
  });

  it.each([
    {},
    { credentials: KEY },
    { credentials: () => KEY, region: "" },
    { credentials: () => KEY, region: 1 },
  ])("refuses %j", (options) => {
    expect(() => withCredentials(options as never)).toThrow(TypeError);
  });
});
