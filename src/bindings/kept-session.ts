import { BackgroundSession, type OpenOptions, type Role } from "../app/index.ts";

/** The options with which components keep a session open. They end its opening themselves: there is no `signal`. */
export type KeepOptions = Omit<OpenOptions, "signal">;

/** How far a session of components is, frozen. It is the same object until something changes. */
export interface SessionState {
  /**
   * `"failed"` if it could not be opened, `"closed"` if it is over: another tab took it over, or the app ended it.
   * `error` says why.
   */
  readonly status: "opening" | "open" | "failed" | "closed";
  /** The session while it is open. */
  readonly session: BackgroundSession | undefined;
  /** Its role: an observer becomes the owner when the other tab is gone. */
  readonly role: Role | undefined;
  /** Mostly a `SessionError`; a `TypeError` if an option is wrong. */
  readonly error: Error | undefined;
}

/** The options of the last rendering: components are given new functions all the time. */
export interface Latest {
  readonly current: KeepOptions;
}

interface KeptSession {
  readonly identifier: string;
  /** The options of the component that opened it first, or of the last one that is gone. */
  latest: Latest;
  state: SessionState;
  /** The components that are mounted, with their options. */
  readonly listeners: Map<() => void, Latest>;
  /** Fulfils when it is open, or has failed. */
  opening: Promise<void> | undefined;
  readonly giveUp: AbortController;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/**
 * How long a session stays open after its last component is gone. Frameworks remove components and mount them again: in
 * strict mode, at hot reloading, when a route changes.
 */
const GRACE_MS = 1_000;

const keptSessions = new Map<string, KeptSession>();

export const OPENING: SessionState = stateWith("opening");

export function stateOf(identifier: string): SessionState {
  return keptSessions.get(identifier)?.state ?? OPENING;
}

/**
 * Keeps a session open, and opens it if it is not.
 * @param onChange called when its state changes
 * @returns what stops this; after the last one, the session is closed
 */
export function keepOpen(identifier: string, latest: Latest, onChange: () => void): () => void {
  const kept = keptSession(identifier, latest);
  kept.listeners.set(onChange, latest);
  clearTimeout(kept.timer);
  kept.opening ??= open(kept);
  return () => {
    kept.listeners.delete(onChange);
    kept.latest = latest;
    closeSoon(kept);
  };
}

/** Opens a session before anything keeps it open. @returns a promise that fulfils when it is open, or has failed */
export function openAhead(identifier: string, latest: Latest): Promise<void> {
  const kept = keptSession(identifier, latest);
  kept.opening ??= open(kept);
  return kept.opening;
}

function keptSession(identifier: string, latest: Latest): KeptSession {
  let kept = keptSessions.get(identifier);
  if (kept === undefined) {
    kept = {
      identifier,
      latest,
      state: OPENING,
      listeners: new Map(),
      opening: undefined,
      giveUp: new AbortController(),
      timer: undefined,
    };
    keptSessions.set(identifier, kept);
  }
  return kept;
}

async function open(kept: KeptSession): Promise<void> {
  const { signal } = kept.giveUp;
  change(kept, OPENING);
  try {
    const session = await BackgroundSession.open(kept.identifier, {
      ...optionsIn(kept).at(-1),
      ...forwarding(kept, "delegate"),
      ...forwarding(kept, "completionHandlers"),
      signal,
    });
    session.subscribe(({ isOpen, role, error }) => {
      if (!isOpen) end(kept, "closed", error);
      else if (role !== kept.state.role) change(kept, stateWith("open", session));
    });
  } catch (error) {
    if (!signal.aborted) end(kept, "failed", error as Error);
  }
  if (!signal.aborted) closeSoon(kept);
}

/** The next component that wants it opens it again. */
function end(kept: KeptSession, status: "failed" | "closed", error: Error | undefined): void {
  kept.opening = undefined;
  change(kept, stateWith(status, undefined, error));
}

function change(kept: KeptSession, state: SessionState): void {
  kept.state = state;
  for (const listener of [...kept.listeners.keys()]) listener();
}

function closeSoon(kept: KeptSession): void {
  clearTimeout(kept.timer);
  if (kept.listeners.size > 0) return;
  kept.timer = setTimeout(() => {
    keptSessions.delete(kept.identifier);
    kept.giveUp.abort();
    void kept.state.session?.close();
  }, GRACE_MS);
}

/**
 * Calls the functions of the last rendering of the component that was mounted last and has any: a session takes them once.
 * An app that gives none has none: its events wait for a page that has them.
 */
function forwarding(kept: KeptSession, name: "delegate" | "completionHandlers"): KeepOptions {
  type Functions = Record<PropertyKey, unknown>;
  const now = () => optionsIn(kept).findLast((options) => options[name])?.[name] as Functions | undefined;
  const first = now();
  if (first === undefined) return {};
  const get = (_: object, method: PropertyKey): unknown => {
    const functions = now() ?? first;
    const found = functions[method];
    return typeof found === "function" ? found.bind(functions) : found;
  };
  // It has the names of the first ones, to be checked when it is opened.
  return { [name]: new Proxy({ ...first }, { get }) };
}

/** The options of the last component that is gone, then of those that are mounted, as they came. */
function optionsIn({ latest, listeners }: KeptSession): KeepOptions[] {
  return [latest, ...listeners.values()].map(({ current }) => current);
}

function stateWith(status: SessionState["status"], session?: BackgroundSession, error?: Error): SessionState {
  return Object.freeze({ status, session, role: session?.role, error });
}
