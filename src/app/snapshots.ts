import type { Changes } from "./changes.ts";
import { notify } from "./report.ts";
import type { SnapshotSource } from "./task-group.ts";

/**
 * Makes snapshots that can be compared by identity: one stays the same object until something in it changes.
 * @param read returns how things are now, with what is still the same of the last snapshot
 */
export function snapshotsOf<Snapshot extends object>(
  changes: Changes,
  read: (last: Snapshot | undefined) => Snapshot,
): SnapshotSource<Snapshot> {
  let last: Snapshot | undefined;
  let version = -1;
  const getSnapshot = (): Snapshot => {
    if (last === undefined || version !== changes.version) {
      version = changes.version;
      last = kept(last, read(last));
    }
    return last;
  };
  const subscribe = (listener: (snapshot: Snapshot) => void): (() => void) => {
    if (typeof listener !== "function") throw new TypeError("subscribe() needs a function.");
    let told: Snapshot | undefined;
    const tell = (): void => {
      const snapshot = getSnapshot();
      if (snapshot === told) return;
      told = snapshot;
      void notify(() => listener(snapshot));
    };
    const stop = changes.listen(tell);
    tell();
    return stop;
  };
  return { subscribe, getSnapshot };
}

/** Returns the old list or object if the new one has the same members; else the new one, frozen. */
export function kept<Value extends object>(old: Value | undefined, now: Value): Value {
  return old !== undefined && hasSame(old, now) ? old : Object.freeze(now);
}

function hasSame(old: object, now: object): boolean {
  const names = Object.keys(now) as (keyof object)[];
  return names.length === Object.keys(old).length && names.every((name) => Object.is(old[name], now[name]));
}
