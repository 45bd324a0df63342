import type { Body, Meta } from "@uppy/core";
import type { BackgroundSessionUploaderOptions } from "./uploader-options.ts";

/** The server's response as Uppy keeps it with a file. */
export interface Answer<B extends Body> {
  readonly status: number;
  readonly body?: B;
  readonly uploadURL?: string;
}

/** Reads a response. `uploadURL` is the `url` in its body, its `Location`, or the address of a resumable upload. */
export async function answerOf<M extends Meta, B extends Body>(
  response: Response,
  { getResponseData, protocol }: BackgroundSessionUploaderOptions<M, B>,
): Promise<Answer<B>> {
  const { status, url, headers } = response;
  const body =
    getResponseData === undefined ? await bodyOf(response, protocol) : await getResponseData(response);
  const location = headers.get("location");
  const known = body?.url ?? (location === null ? protocol && url : new URL(location, url).href);
  return {
    status,
    ...(body !== undefined && { body: body as B }),
    ...(typeof known === "string" && { uploadURL: known }),
  };
}

/** A bucket answers with XML or nothing: the body is then what `@uppy/aws-s3` makes of it, as far as that is known. */
async function bodyOf(response: Response, protocol?: string): Promise<Body | undefined> {
  return protocol === "s3" && response.ok ? { location: response.url } : jsonOf(await response.text());
}

function jsonOf(text: string): Body | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Body) : undefined;
  } catch {
    return undefined;
  }
}
