import { inLoops } from "./in-loops.ts";

/** Sends a file from the cache to a bucket in parts, in so many loops, and keeps nothing. */
export async function bareParts(url: string, partBytes: number, loops: number): Promise<void> {
  const file = await ((await (await caches.open("files")).match("/file")) as Response).blob();
  const created = await (await fetch(`${url}?uploads=`, { method: "POST" })).text();
  const [, id] = /<UploadId>(.*)<\/UploadId>/.exec(created) ?? [];
  await inLoops(Math.ceil(file.size / partBytes), loops, async (part) => {
    const body = file.slice((part - 1) * partBytes, part * partBytes);
    await (await fetch(`${url}?partNumber=${part}&uploadId=${id}`, { method: "PUT", body })).text();
  });
  await (await fetch(`${url}?uploadId=${id}`, { method: "POST" })).text();
}
