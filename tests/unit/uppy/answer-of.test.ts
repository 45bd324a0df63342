import { describe, expect, it } from "vitest";
import { answerOf } from "../../../src/uppy/answer-of.ts";

const OPTIONS = { session: "photos", endpoint: "/photos" };

function responseOf(body: string, { url = "https://a.example/photos", status = 200, location = "" } = {}) {
  const response = new Response(status === 204 ? null : body, {
    status,
    headers: location === "" ? {} : { location },
  });
  return Object.defineProperty(response, "url", { value: url });
}

describe("the server's answer to an upload", () => {
  it("has the JSON of its body, and the url in that", async () => {
    const answer = await answerOf(responseOf('{ "url": "/1", "photo": 7 }'), OPTIONS);
    expect(answer).toEqual({ status: 200, body: { url: "/1", photo: 7 }, uploadURL: "/1" });
  });

  it.each(["thanks", "", "5", "null"])("has no body if that is %j", async (text) => {
    expect(await answerOf(responseOf(text), OPTIONS)).toEqual({ status: 200 });
  });

  it("has the address in Location, which may be relative", async () => {
    const created = responseOf("", { status: 201, location: "photos/9" });
    expect(await answerOf(created, OPTIONS)).toEqual({
      status: 201,
      uploadURL: "https://a.example/photos/9",
    });
  });

  it("has the address of a resumable upload", async () => {
    const last = responseOf("", { status: 204, url: "https://a.example/tus/1" });
    expect(await answerOf(last, { ...OPTIONS, protocol: "tus" })).toEqual({
      status: 204,
      uploadURL: "https://a.example/tus/1",
    });
  });

  it("has the address of an object in a bucket, if the bucket has accepted it", async () => {
    const url = "https://bucket.example/a.png";
    const options = { ...OPTIONS, protocol: "s3" };
    const accepted = await answerOf(responseOf("<CompleteMultipartUploadResult/>", { url }), options);
    expect(accepted).toEqual({ status: 200, body: { location: url }, uploadURL: url });
    const refused = await answerOf(responseOf("<Error/>", { url, status: 403 }), options);
    expect(refused.body).toBeUndefined();
  });

  it("has what getResponseData returns", async () => {
    const getResponseData = async (response: Response) => ({ said: await response.text() });
    expect(await answerOf(responseOf("thanks"), { ...OPTIONS, getResponseData })).toEqual({
      status: 200,
      body: { said: "thanks" },
    });
  });
});
