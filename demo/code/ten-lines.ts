import { BackgroundSession } from "background-session";
import workerUrl from "background-session/sw.js?url";

const session = await BackgroundSession.open("hello", {
  serviceWorker: workerUrl,
  delegate: {
    didFinishDownloading: ({ id }, file) => console.log(id, file.size),
    didComplete: ({ id }, error) => console.log(id, error ?? "done"),
  },
});
await session.downloadTask("/files/4MB.bin?throttle=1MB").resume();
