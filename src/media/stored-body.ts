import type { Destination } from "../protocol/destination.ts";
import { keptBlob } from "./kept-blob.ts";

/**
 * Where the bytes are: the `destination` of a download, a Blob or File, a response (from a cache of yours), or the result
 * of a download, `await task.completed`. A cache without a `key` has the entry under the URL of the request.
 */
export type MediaSource =
  | Destination
  | Blob
  | Response
  | {
      readonly file?: File | undefined;
      readonly response?: Response | undefined;
      readonly error?: Error | undefined;
    }
  | undefined;

/** A body that is not in memory, with what is known of it. */
export interface StoredBody {
  readonly blob: Blob;
  readonly headers: Headers;
}

/** A response that has no ranges: any status but 200. */
export interface WholeResponse {
  readonly whole: Response;
}

/** Finds the bytes. @returns undefined if there are none. @throws TypeError if `source` is something else */
export async function storedBody(
  source: MediaSource,
  url: string,
): Promise<StoredBody | WholeResponse | undefined> {
  if (source === undefined) return undefined;
  if ("cache" in source) {
    // Opening a cache would make it.
    const options = { cacheName: source.cache, ignoreVary: true };
    const key = source.key ?? url;
    return ofResponse(await caches.match(key, options), `${source.cache} ${key}`);
  }
  if ("opfs" in source) return ofBlob(await fileAt(source.opfs));
  if ("size" in source) return ofBlob(source);
  if ("status" in source) return ofResponse(source);
  if ("file" in source || "response" in source || "error" in source) {
    const { file, response } = source;
    // The file is an error page.
    return response?.ok === false ? undefined : ofBlob(file, response?.headers);
  }
  throw new TypeError(
    "The source must be { cache, key }, { opfs }, a Blob, a Response, or the result of a download.",
  );
}

/** @param place where the response is kept, if it is in a cache */
async function ofResponse(
  response: Response | undefined,
  place?: string,
): Promise<StoredBody | WholeResponse | undefined> {
  // Nobody may read an opaque response, so that it has no size.
  if (response === undefined || response.type === "opaque") return undefined;
  if (response.status !== 200) return { whole: response };
  return ofBlob(await (place ? keptBlob(response, place) : response.blob()), response.headers);
}

function ofBlob(blob: Blob | undefined, given?: Headers): StoredBody | undefined {
  if (blob === undefined) return undefined;
  const headers = new Headers(given);
  // The body was decoded when it was stored: the tag is that of other bytes.
  if (headers.has("content-encoding")) headers.delete("etag");
  headers.delete("content-encoding");
  headers.delete("transfer-encoding");
  if (blob.type !== "" && !headers.has("content-type")) headers.set("content-type", blob.type);
  return { blob, headers };
}

async function fileAt(path: string): Promise<File | undefined> {
  const names = path.split("/");
  const name = names.pop() ?? "";
  try {
    let directory = await navigator.storage.getDirectory();
    for (const parent of names) directory = await directory.getDirectoryHandle(parent);
    return await (await directory.getFileHandle(name)).getFile();
  } catch (error) {
    const reason = (error as DOMException).name;
    if (reason === "NotFoundError" || reason === "TypeMismatchError") return undefined;
    throw error;
  }
}
