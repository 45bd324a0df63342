import { BackgroundSession } from "background-session";
import { startDaemon } from "background-session/daemon";
import { tus } from "background-session/tus";

// An app's own worker that runs the daemon and opens a session itself, as it would in a background launch.
declare const self: ServiceWorkerGlobalScope;

startDaemon({ uploadProtocols: [tus] });

self.addEventListener("message", (event) => {
  if (event.data?.say === "download") event.waitUntil(download(event.data.url, event.ports[0]));
});

async function download(url: string, port: MessagePort | undefined): Promise<void> {
  const events: string[] = [];
  const session = await BackgroundSession.open("in-worker", {
    delegate: {
      didFinishDownloading: (task, file) => void events.push(`file ${task.id} ${file.size}`),
      didComplete: (task, error) => {
        events.push(`complete ${task.id} ${error?.code ?? "ok"}`);
        port?.postMessage({ events, role: session.role });
      },
    },
  });
  await session.downloadTask(url, { id: "from-worker" }).resume();
}
