import { BackgroundSession } from "background-session";
import { type App, createApp, version } from "vue";
import { events, faults, renders, statuses } from "../bindings-app.ts";
import TransferList from "./transfer-list.vue";
import TransferPanel from "./transfer-panel.vue";

let mounted: App | undefined;

function show(view?: string): void {
  mounted?.unmount();
  mounted = undefined;
  if (!view) return;
  mounted = createApp(view === "panel" ? TransferPanel : TransferList);
  mounted.config.errorHandler = (error) => void faults.push(String(error));
  mounted.config.warnHandler = (message) => void faults.push(message);
  mounted.mount("#root");
}

globalThis.bindings = { BackgroundSession, version, show, statuses, renders, events, faults };
