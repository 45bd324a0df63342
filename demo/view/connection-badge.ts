import { byId, setText } from "./template.ts";

/** Shows whether the browser has a network. */
export function showConnection(signal: AbortSignal): void {
  const badge = byId("connection", HTMLElement);
  const show = (): void => {
    badge.dataset.online = String(navigator.onLine);
    setText(badge, navigator.onLine ? "Online" : "Offline");
  };
  addEventListener("online", show, { signal });
  addEventListener("offline", show, { signal });
  show();
}
