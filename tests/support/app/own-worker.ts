import { BackgroundSession } from "background-session";
import { type LogEntry, startDaemon } from "background-session/daemon";
import { tus } from "background-session/tus";

// An app's own worker that runs the daemon and opens a session itself, as it would in a background launch.
declare const self: ServiceWorkerGlobalScope;

const logged: LogEntry[] = [];

startDaemon({
  uploadProtocols: [tus],
  onlog(entry) {
    logged.push(entry);
    throw new Error("The app's own log failed.");
  },
});

self.addEventListener("message", (event) => {
  if (event.data?.say === "fetch") event.waitUntil(ask(event.data.url, event.ports[0]));
  if (event.data?.say === "log") event.ports[0]?.postMessage(logged);
  if (event.data?.say === "timings") event.ports[0]?.postMessage(timings());
  if (event.data?.say === "download") event.waitUntil(download(event.data.url, event.ports[0]));
});

/** A request of the app itself. */
async function ask(url: string, port: MessagePort | undefined): Promise<void> {
  await (await fetch(url)).text();
  // The timing is in the buffer a moment after the response ends.
  while (!timings().some((name) => name.endsWith(url)))
    await new Promise((resolve) => setTimeout(resolve, 10));
  port?.postMessage(url);
}

function timings(): string[] {
  return performance.getEntriesByType("resource").map(({ name }) => name);
}

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
