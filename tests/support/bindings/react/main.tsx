import { BackgroundSession } from "background-session";
import { BackgroundSessionProvider, useBackgroundSession } from "background-session/react";
import { Activity, Component, type ReactNode, StrictMode, Suspense, useState, version } from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { events, faults, noteStatus, renders, statuses } from "../bindings-app.ts";
import { Concurrent } from "./concurrent.tsx";
import { Dialog } from "./dialog.tsx";
import { CountedRows, GroupProgress, OneTask } from "./rows.tsx";
import { Session } from "./session.tsx";
import { TransferList } from "./transfer-list.tsx";
import { NamedPanel, TransferPanel } from "./transfer-panel.tsx";

function Status() {
  const { status, role, error, reopen } = useBackgroundSession();
  noteStatus(status);
  globalThis.bindings.reopen = reopen;
  return (
    <p id="status">
      {status} {role} {error !== undefined && "code" in error && String(error.code)}
    </p>
  );
}

function Suspended() {
  const { session } = useBackgroundSession({ suspense: true });
  return <p id="suspended">{session.role}</p>;
}

class Boundary extends Component<{ children: ReactNode }, { message?: string }> {
  override state: { message?: string } = {};

  static getDerivedStateFromError(error: Error) {
    return { message: error.message };
  }

  override render() {
    const { message } = this.state;
    return message === undefined ? this.props.children : <p id="caught">{message}</p>;
  }
}

/** Its rows are hidden and shown, but stay mounted. */
function Hiding() {
  const [isHidden, hide] = useState(false);
  return (
    <>
      <button id="hide" onClick={() => hide(!isHidden)}>
        Hide
      </button>
      <Activity mode={isHidden ? "hidden" : "visible"}>
        <ul>
          <TransferList />
        </ul>
      </Activity>
    </>
  );
}

const VIEWS: Record<string, () => ReactNode> = {
  list: () => (
    <Session>
      <Status />
      <ul>
        <TransferList />
      </ul>
    </Session>
  ),
  panel: () => (
    <Session>
      <TransferPanel />
    </Session>
  ),
  "named panel": () => (
    <Session>
      <NamedPanel />
    </Session>
  ),
  counted: () => (
    <Session fallback={<p id="fallback">Opening</p>}>
      <CountedRows />
      <OneTask id="file" />
      <GroupProgress />
    </Session>
  ),
  suspense: () => (
    <Boundary>
      <Suspense fallback={<p id="fallback">Waiting</p>}>
        <Session>
          <Suspended />
        </Session>
      </Suspense>
    </Boundary>
  ),
  "no worker": () => (
    <Boundary>
      <Suspense>
        <BackgroundSessionProvider identifier="none" serviceWorker="/missing.js">
          <Suspended />
        </BackgroundSessionProvider>
      </Suspense>
    </Boundary>
  ),
  "no provider": () => (
    <Boundary>
      <TransferList />
    </Boundary>
  ),
  hooked: () => (
    <Session>
      <Concurrent reader="hooked" />
    </Session>
  ),
  direct: () => (
    <Suspense>
      <Session>
        <Concurrent reader="direct" />
      </Session>
    </Suspense>
  ),
  dialog: () => (
    <Session>
      <Dialog />
    </Session>
  ),
  hiding: () => (
    <Session>
      <Hiding />
    </Session>
  ),
};

const container = document.querySelector("#root") as HTMLElement;
let root: Root | undefined;

function show(view?: string): void {
  root?.unmount();
  root = undefined;
  if (!view) return;
  root = createRoot(container);
  root.render(<StrictMode>{VIEWS[view]?.()}</StrictMode>);
}

/** As a server sends it, and goes on in the browser. */
function hydrate(view: string): string {
  const app = <StrictMode>{VIEWS[view]?.()}</StrictMode>;
  const html = renderToString(app);
  container.innerHTML = html;
  root = hydrateRoot(container, app, { onRecoverableError: (error) => void faults.push(String(error)) });
  return html;
}

globalThis.bindings ??= { BackgroundSession, version, show, statuses, renders, events, faults };
Object.assign(globalThis.bindings, { hydrate });
