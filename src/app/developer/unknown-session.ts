import type { BackgroundSession } from "../background-session.ts";
import type { BackgroundSessions } from "../session/session.ts";
import { warnOnce } from "../warn.ts";

const PATIENCE_MS = 10_000;

/**
 * Warns once of each name of a session that an element of the page has in its attribute, if ten seconds later others are
 * open, but not that one.
 * @returns what is called with each session that is opened
 */
export function watchNames(sessions: BackgroundSessions): (session: BackgroundSession) => void {
  const opened = new Set<BackgroundSession>();
  const current = sessions.current.bind(sessions);
  const warn = (name: string): void => {
    const open = [...opened].filter((session) => session.getSnapshot().isOpen);
    if (open.length === 0 || current(name) !== undefined) return;
    const element = elementFor(name, document);
    if (element === undefined) return;
    const names = open.map(({ identifier }) => `"${identifier}"`).join(", ");
    warnOnce(
      `<${element.localName} session="${name}"> shows nothing: no session of that name is open in this page. Open are: ` +
        `${names}.`,
      `session ${name}`,
    );
  };
  sessions.current = (name) => {
    const session = current(name);
    // Elements ask for their session whenever one is opened.
    if (session === undefined && globalThis.document !== undefined) setTimeout(warn, PATIENCE_MS, name);
    return session;
  };
  return (session) => opened.add(session);
}

/** Finds an element of ours that names the session, also in the shadow of another element. */
function elementFor(name: string, root: ParentNode): Element | undefined {
  for (const element of root.querySelectorAll("*")) {
    if (element.localName.startsWith("background-") && element.getAttribute("session") === name)
      return element;
    const found = element.shadowRoot && elementFor(name, element.shadowRoot);
    if (found) return found;
  }
  return undefined;
}
