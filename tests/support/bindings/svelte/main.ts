import { BackgroundSession } from "background-session";
import { mount, unmount } from "svelte";
import { get } from "svelte/store";
import { delegateOf, events, faults, noteStatus, renders, statuses } from "../bindings-app.ts";
import TransferList from "./transfer-list.svelte";
import TransferPanel from "./transfer-panel.svelte";
import { VERSION } from "./version.ts";

const session = await BackgroundSession.open("svelte", {
  serviceWorker: "/sw.js",
  delegate: delegateOf(VERSION),
});
// What `get` returns is what a store's contract promises: the value, at once.
noteStatus(get(session).isOpen ? "open" : "closed");

let mounted: object | undefined;

function show(view?: string): void {
  if (mounted !== undefined) void unmount(mounted);
  const View = view === "panel" ? TransferPanel : TransferList;
  mounted = view === undefined ? undefined : mount(View, { target: document.body, props: { session } });
}

globalThis.bindings = { BackgroundSession, show, statuses, renders, events, faults };

import.meta.hot?.accept();
import.meta.hot?.dispose(() => {
  show();
  void session.close();
});
