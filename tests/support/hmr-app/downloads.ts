import { BackgroundSession, type SessionDelegate } from "background-session";

const VERSION = 1;

interface Seen {
  versions: { version: number; role: string; tasks: string[] }[];
  events: { version: number; type: string; id: string; sha256?: string }[];
}

declare global {
  // Read by the test; it outlives the module.
  var seen: Seen;
  var current: BackgroundSession;
}

globalThis.seen ??= { versions: [], events: [] };

const delegate: SessionDelegate = {
  async didFinishDownloading(task, file) {
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    const sha256 = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
    seen.events.push({ version: VERSION, type: "didFinishDownloading", id: task.id, sha256 });
  },
  didComplete: (task) => void seen.events.push({ version: VERSION, type: "didComplete", id: task.id }),
};

const session = await BackgroundSession.open("hmr", { serviceWorker: "/sw.js", delegate });
globalThis.current = session;
seen.versions.push({
  version: VERSION,
  role: session.role,
  tasks: session.tasks().map((task) => `${task.id} ${task.state}`),
});

import.meta.hot?.accept();
// Not awaited: the next version of this module opens the session while this one is still closing.
import.meta.hot?.dispose(() => void session.close());
