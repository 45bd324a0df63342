import type { Destination } from "../protocol/destination.ts";
import { type DownloadFinder, foundDownload, type StoredDownload } from "./found-download.ts";
import { keptBlob } from "./kept-blob.ts";

/**
 * What has the bytes: a session, in which a finished download of the request's URL is looked up; the `destination` of a
 * download; a Blob or File; a response (from a cache of yours); or the result of a download, `await task.completed`. A cache
 * without a `key` has the entry under the URL of the request.
 */
export type MediaSource = Destination | Blob | Response | DownloadFinder | StoredDownload | undefined;

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
  if ("findDownload" in source) return ofDownload(await foundDownload(source, url), url);
  if ("cache" in source) {
    // Opening a cache would make it.
    const options = { cacheName: source.cache, ignoreVary: true };
    const key = source.key ?? url;
    return ofResponse(await caches.match(key, options), `${source.cache} ${key}`);
  }
  if ("opfs" in source) return ofBlob(await fileAt(source.opfs));
  if ("size" in source) return ofBlob(source);
  if ("status" in source) return ofResponse(source);
  if ("file" in source || "response" in source || "error" in source) return ofDownload(source, url);
  throw new TypeError(
    "The source must be a session, { cache, key }, { opfs }, a Blob, a Response, or the result of a download.",
  );
}

async function ofDownload(
  found: StoredDownload | undefined,
  url: string,
): Promise<StoredBody | WholeResponse | undefined> {
  const { file, response, destination } = found ?? {};
  // The file is an error page.
  if (response?.ok === false) return undefined;
  if (destination === undefined) return ofBlob(file, response?.headers);
  const body = await storedBody(destination, url);
  // A file system keeps no type.
  const type = response?.headers.get("content-type");
  if (body !== undefined && "blob" in body && type && "opfs" in destination)
    body.headers.set("content-type", type);
  return body;
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
