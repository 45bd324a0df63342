/** Sends a file from the cache to a tus server in chunks, one after the other, and keeps nothing. */
export async function bareUpload(endpoint: string, chunkBytes: number): Promise<void> {
  const file = await ((await (await caches.open("files")).match("/file")) as Response).blob();
  const created = await fetch(endpoint, {
    method: "POST",
    headers: { "Tus-Resumable": "1.0.0", "Upload-Length": String(file.size) },
  });
  const location = created.headers.get("location") as string;
  for (let offset = 0; offset < file.size; offset += chunkBytes) {
    await fetch(location, {
      method: "PATCH",
      headers: {
        "Tus-Resumable": "1.0.0",
        "Upload-Offset": String(offset),
        "Content-Type": "application/offset+octet-stream",
      },
      body: file.slice(offset, offset + chunkBytes),
    });
  }
}
