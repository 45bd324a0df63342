import {
  type Context,
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useSyncExternalStore,
} from "react";
import type { BackgroundSession } from "../app/index.ts";
import {
  type KeepOptions,
  keepOpen,
  OPENING,
  openAhead,
  type SessionState,
  stateOf,
} from "../bindings/kept-session.ts";

export interface BackgroundSessionProps extends KeepOptions {
  /** The name of the session. If it changes, the other session is opened, and this one is closed. */
  readonly identifier: string;
  /** What is shown while the session is being opened, and by the server. @default the children */
  readonly fallback?: ReactNode;
  /** The components that use the session with the hooks. */
  readonly children?: ReactNode;
}

/** The session of the provider above, and how far it is. */
export interface ProvidedSession extends SessionState {
  /** Opens the session again if it has failed or is closed. */
  readonly reopen: () => void;
}

interface Provided extends ProvidedSession {
  /** What a component waits for that cannot do without the session. */
  readonly opened: () => Promise<void>;
}

const Provided: Context<Provided | undefined> = createContext<Provided | undefined>(undefined);

/**
 * Keeps a session open as long as it is mounted, and a second longer: it may be mounted again at once. Providers of the
 * same identifier share one session. Delegate and completion handlers may be others in each rendering: the last ones are
 * called. The other options count when the session is opened.
 *
 * @example
 * <BackgroundSessionProvider identifier="com.example.podcasts" serviceWorker="/sw.js" delegate={library}>
 *   <Episodes />
 * </BackgroundSessionProvider>
 */
export function BackgroundSessionProvider(props: BackgroundSessionProps): ReactElement {
  const { identifier, fallback, children, ...options } = props;
  const store = useMemo(() => {
    // One for each identifier: what comes late for the session before goes to the functions that it had.
    const latest = { current: options };
    return {
      latest,
      subscribe: (onChange: () => void) => keepOpen(identifier, latest, onChange),
      getState: () => stateOf(identifier),
      opened: () => openAhead(identifier, latest),
    };
  }, [identifier]);
  useEffect(() => {
    store.latest.current = options;
  });
  const state = useSyncExternalStore(store.subscribe, store.getState, () => OPENING);
  const value = useMemo(
    () => ({ ...state, opened: store.opened, reopen: () => void store.opened() }),
    [state, store],
  );
  const shown = fallback !== undefined && state.status === "opening" ? fallback : children;
  return createElement(Provided.Provider, { value }, shown);
}

/**
 * Returns the session of the provider above, and how far it is. There is no session while it is being opened, and on the
 * server.
 * @throws Error if there is no provider above
 */
export function useBackgroundSession(options?: { readonly suspense?: false }): ProvidedSession;
/**
 * Returns the session of the provider above: `session` is never undefined. It suspends until the session is open.
 * @throws Error if the session could not be opened or is over: the error boundary above shows it. On the server it always
 *   throws, so that React shows the fallback of the `Suspense` above, and goes on in the browser
 */
export function useBackgroundSession(options: {
  readonly suspense: true;
}): ProvidedSession & { readonly session: BackgroundSession };
export function useBackgroundSession({ suspense = false } = {}): ProvidedSession {
  const provided = useContext(Provided);
  if (provided === undefined) throw new Error("There is no BackgroundSessionProvider above this component.");
  if (suspense && provided.session === undefined) {
    if (typeof document === "undefined") throw new Error("There is no session on a server.");
    throw provided.status === "opening"
      ? provided.opened()
      : (provided.error ?? new Error("The session was closed."));
  }
  return provided;
}
