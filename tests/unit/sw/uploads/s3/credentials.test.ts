import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type S3Credentials,
  type SignedRequest,
  signWithCredentials,
} from "../../../../../src/sw/uploads/s3/credentials/index.ts";
import type { S3Operation } from "../../../../../src/sw/uploads/s3/s3-operation.ts";
import { queryOf } from "../../../../../src/sw/uploads/s3/s3-query.ts";
import type { UploadFacts } from "../../../../../src/sw/uploads/steps/upload-steps.ts";
import { presignOfDocs } from "../../../../support/presign-of-docs.ts";

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

const upload = (url: string, session = "s") =>
  ({ session, id: "a", originalRequest: { url } }) as UploadFacts;
const PHOTO = upload("https://examplebucket.s3.eu-central-1.amazonaws.com/photos/7.jpg");

const presign = await presignOfDocs();

describe("an upload to S3 that is signed in the worker", () => {
  beforeEach(() => void vi.useFakeTimers({ now: NOW, toFake: ["Date"] }));
  afterEach(() => void vi.useRealTimers());

  it.each(OPERATIONS)("$kind is signed as docs/s3.md does it", async (operation) => {
    const sign = signWithCredentials({ credentials: () => KEY });
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
      const found = await signWithCredentials({ credentials: () => KEY })(HEAD, upload(url.href));
      const key = { id: KEY.accessKeyId, secret: KEY.secretAccessKey, region: "eu-central-1" };
      const [signed, expected] = [(found as SignedRequest).url, presign(key, "HEAD", url)].map(
        (it) => new URL(it).searchParams,
      );
      expect(signed?.get("X-Amz-Signature")).toBe(expected?.get("X-Amz-Signature"));
    },
  );

  it("has the token of the credentials, and the region that the app names", async () => {
    const credentials = () => ({ ...KEY, sessionToken: "token/+=" });
    const sign = signWithCredentials({ credentials, region: "auto" });
    const found = await sign(HEAD, upload("https://storage.example.com/bucket/a"));
    const { searchParams } = new URL((found as SignedRequest).url);
    expect(searchParams.get("X-Amz-Security-Token")).toBe("token/+=");
    expect(searchParams.get("X-Amz-Credential")).toBe(`${KEY.accessKeyId}/20261129/auto/s3/aws4_request`);
  });

  it("leaves out a query and a fragment of the task's URL, and what else may be signed already", async () => {
    const sign = signWithCredentials({ credentials: () => KEY });
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
      return signWithCredentials({ credentials });
    };

    it.each([
      ["a Date", (date: Date) => date],
      ["an ISO string", (date: Date) => date.toISOString()],
      ["milliseconds", (date: Date) => date.getTime()],
    ])("once until a minute before they expire: %s", async (_, as) => {
      const sign = giving(() => ({ ...KEY, expiration: as(new Date(Date.now() + HOUR_MS)) }));
      await Promise.all(OPERATIONS.map((operation) => sign(operation, PHOTO)));
      vi.setSystemTime(NOW.getTime() + HOUR_MS - 61_000);
      await sign(HEAD, { ...PHOTO, id: "b" });
      expect(asked).toBe(1);
      vi.setSystemTime(NOW.getTime() + HOUR_MS - 60_000);
      await sign(HEAD, { ...PHOTO, id: "c" });
      expect(asked).toBe(2);
    });

    it("for each request if they do not say when they expire, but not twice at the same time", async () => {
      const sign = giving(() => KEY);
      await Promise.all([sign(HEAD, PHOTO), sign(HEAD, PHOTO)]);
      expect(asked).toBe(1);
      await sign(HEAD, PHOTO);
      expect(asked).toBe(2);
    });

    it("again if the same request is signed again: the bucket may have refused them", async () => {
      const sign = giving(() => ({ ...KEY, expiration: Date.now() + HOUR_MS }));
      for (const operation of OPERATIONS) await sign(operation, PHOTO);
      expect(asked).toBe(1);
      await Promise.all(OPERATIONS.map((operation) => sign(operation, PHOTO)));
      expect(asked).toBe(2);
    });

    it("for each session by itself: it may be that of another user", async () => {
      const sign = giving(() => ({ ...KEY, expiration: Date.now() + HOUR_MS }));
      const { url } = PHOTO.originalRequest;
      for (const session of ["anna", "ben", "anna", "ben"]) {
        const operation = OPERATIONS[asked] as S3Operation;
        await sign(operation, upload(url, session));
      }
      expect(asked).toBe(2);
    });

    it("and gives up on a call that does not settle: the next one asks again", async () => {
      const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValueOnce(AbortSignal.abort());
      const answers = [new Promise(() => {}), KEY];
      const sign = giving(() => answers.shift());
      await expect(sign(HEAD, PHOTO)).rejects.toThrow("did not settle within 30 s");
      expect(await sign(HEAD, PHOTO)).toMatchObject({ headers: {} });
      timeout.mockRestore();
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
      { ...KEY, secretAccessKey: "" },
      { ...KEY, expiration: 1_795_000_000 },
      { ...KEY, expiration: "tomorrow" },
    ])("and says what is wrong with %j", async (found) => {
      const error = await Promise.resolve(giving(() => found)(HEAD, PHOTO)).catch((it: unknown) => it);
      expect(error).toBeInstanceOf(Error);
      expect(error).not.toBeInstanceOf(TypeError);
      expect((error as Error).message).toMatch(/credentials\(\) must return|expiration must be/);
    });
  });

  it.each([
    {},
    { credentials: KEY },
    { credentials: () => KEY, region: "" },
    { credentials: () => KEY, region: 1 },
  ])("refuses %j", (options) => {
    expect(() => signWithCredentials(options as never)).toThrow(TypeError);
  });
});
