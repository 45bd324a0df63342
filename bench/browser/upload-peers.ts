import Uppy from "@uppy/core";
import Tus from "@uppy/tus";
import { Upload } from "tus-js-client";

/** Uploads a file to a tus server, and keeps nothing to resume it with. */
type UploadByPeer = (file: Blob, endpoint: string, chunkSize: number) => Promise<void>;

/** The peers of an upload, in a page. */
export const uploadPeers = {
  "tus-js-client": (file, endpoint, chunkSize) =>
    new Promise((resolve, reject) => {
      new Upload(file, {
        endpoint,
        chunkSize,
        storeFingerprintForResuming: false,
        onSuccess: () => resolve(),
        onError: reject,
      }).start();
    }),
  "@uppy/tus": async (file, endpoint, chunkSize) => {
    const uppy = new Uppy().use(Tus, { endpoint, chunkSize, storeFingerprintForResuming: false });
    uppy.addFile({ name: "file", data: file });
    const { failed = [] } = (await uppy.upload()) ?? {};
    uppy.destroy();
    if (failed.length > 0) throw new Error(`@uppy/tus: ${failed[0]?.error}`);
  },
} satisfies Readonly<Record<string, UploadByPeer>>;
