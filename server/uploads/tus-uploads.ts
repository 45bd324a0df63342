import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { FileStore } from "@tus/file-store";
import { Server } from "@tus/server";
import type { StoredUpload, UploadServer } from "./upload-server.ts";

/** The tus project's own server, on its own file store. */
export function tusUploads(directory: string): UploadServer {
  const server = new Server({
    path: "/tus",
    datastore: new FileStore({ directory, expirationPeriodInMilliseconds: 86_400_000 }),
    relativeLocation: true,
  });
  return {
    handle: (request) => server.handleWeb(request),
    async stored() {
      const names = await readdir(directory).catch(() => []);
      const ids = names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5));
      // An upload may be deleted while the list is being read.
      const uploads = await Promise.all(ids.map((id) => storedUpload(directory, id).catch(() => undefined)));
      return uploads.filter((upload) => upload !== undefined);
    },
  };
}

async function storedUpload(directory: string, id: string): Promise<StoredUpload> {
  const path = join(directory, id);
  const { size } = JSON.parse(await readFile(`${path}.json`, "utf8"));
  const { size: sizeBytes } = await stat(path);
  return { id, path, sizeBytes, isComplete: sizeBytes === size };
}
