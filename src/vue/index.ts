import {
  type ComputedRef,
  computed,
  type MaybeRefOrGetter,
  type ShallowRef,
  shallowRef,
  toValue,
  watch,
} from "vue";
import type { SnapshotSource } from "../app/index.ts";
import {
  type KeepOptions,
  keepOpen,
  openAhead,
  type SessionState,
  stateOf,
} from "../bindings/kept-session.ts";

export type { KeepOptions, SessionState } from "../bindings/kept-session.ts";

/** A session as a component sees it: each part of `SessionState` (`status`, `session`, `role`, `error`) as a ref. */
export type SessionRefs = { readonly [Part in keyof SessionState]: ComputedRef<SessionState[Part]> } & {
  /** Opens the session again if it has failed or is closed. */
  readonly reopen: () => void;
};

/**
 * Follows a session, a group or a queue, at most ten times a second, until the scope in which it is called is disposed.
 * On a server it follows nothing.
 *
 * @example
 * const album = useSnapshot(() => session.value?.group("album 7"));
 */
export function useSnapshot<Snapshot>(
  source: MaybeRefOrGetter<SnapshotSource<Snapshot>>,
): Readonly<ShallowRef<Snapshot>>;
export function useSnapshot<Snapshot>(
  source: MaybeRefOrGetter<SnapshotSource<Snapshot> | undefined>,
): Readonly<ShallowRef<Snapshot | undefined>>;
export function useSnapshot<Snapshot>(
  source: MaybeRefOrGetter<SnapshotSource<Snapshot> | undefined>,
): Readonly<ShallowRef<Snapshot | undefined>> {
  const snapshot = shallowRef(toValue(source)?.getSnapshot());
  if (typeof document === "undefined") return snapshot;
  watch(
    () => toValue(source),
    (now, _, onCleanup) => {
      snapshot.value = now?.getSnapshot();
      const stop = now?.subscribe((next) => {
        snapshot.value = next;
      });
      if (stop !== undefined) onCleanup(stop);
    },
    { immediate: true },
  );
  return snapshot;
}

/**
 * Keeps a session open until the scope in which it is called is disposed, and a second longer: the next component may want
 * it at once. Calls with the same identifier share one session. Nothing is opened on a server.
 * @param options count when the session is opened. If they are a ref or a getter, the delegate and the completion
 *   handlers are looked up there for each event
 *
 * @example
 * const { session, status, error } = useBackgroundSession("com.example.podcasts", { serviceWorker: "/sw.js" });
 * const snapshot = useSnapshot(session);
 */
export function useBackgroundSession(
  identifier: MaybeRefOrGetter<string>,
  options: MaybeRefOrGetter<KeepOptions> = {},
): SessionRefs {
  const latest = {
    get current() {
      return toValue(options);
    },
  };
  const source = computed((): SnapshotSource<SessionState> => {
    const name = toValue(identifier);
    const getSnapshot = (): SessionState => stateOf(name);
    return {
      getSnapshot,
      subscribe: (listener) => keepOpen(name, latest, () => listener(getSnapshot())),
    };
  });
  const state = useSnapshot(source);
  return {
    status: computed(() => state.value.status),
    session: computed(() => state.value.session),
    role: computed(() => state.value.role),
    error: computed(() => state.value.error),
    reopen: () => void openAhead(toValue(identifier), latest),
  };
}
