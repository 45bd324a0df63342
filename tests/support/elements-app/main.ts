import "background-session/elements";
import "background-session/inspector";
import { BackgroundSession } from "background-session";
import workerUrl from "background-session/sw.js?url";

const session = await BackgroundSession.open("packed", { serviceWorker: workerUrl });
document.body.append(
  Object.assign(document.createElement("background-transfers"), { session }),
  document.createElement("background-inspector"),
);
