import "background-session/elements";
import { useBackgroundSession } from "background-session/react";
import { noteAction } from "../bindings-app.ts";

/** With the session itself, and a handler of its event: React 19 has both. */
export function TransferPanel() {
  const { session } = useBackgroundSession();
  return <background-transfers lang="en" session={session} ontransfer-action={noteAction} />;
}

/** With its name, and no handler: all that React 18 can do. */
export const NamedPanel = () => <background-transfers lang="en" session="react" />;
