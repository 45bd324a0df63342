import { BackgroundSessionProvider } from "background-session/react";
import { useState } from "react";
import { delegateOf } from "../bindings-app.ts";
import { TransferList } from "./transfer-list.tsx";

/** The session of the page once more, in a dialog with a delegate of its own. */
export function Dialog() {
  const [isOpen, open] = useState(false);
  return (
    <>
      <button id="dialog" onClick={() => open(!isOpen)}>
        Dialog
      </button>
      {isOpen && (
        <BackgroundSessionProvider identifier="react" serviceWorker="/sw.js" delegate={delegateOf(9)}>
          <ul id="in-dialog">
            <TransferList />
          </ul>
        </BackgroundSessionProvider>
      )}
    </>
  );
}
