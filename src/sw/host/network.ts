/** What Chromium has beyond the types: https://wicg.github.io/netinfo/ */
interface NetworkInformation extends EventTarget {
  /** Chromium on Android and ChromeOS. */
  readonly type?: string;
  /** The user wants to save data. */
  readonly saveData?: boolean;
}

/** What the browser tells of its network; undefined in Firefox and Safari. */
export function connectionOf({ navigator }: WorkerGlobalScope): NetworkInformation | undefined {
  return (navigator as { connection?: NetworkInformation }).connection;
}

/** Calls `onChange` when the network comes or goes, or is another one. */
export function watchNetwork(scope: WorkerGlobalScope, onChange: () => void): void {
  scope.addEventListener("online", onChange);
  scope.addEventListener("offline", onChange);
  connectionOf(scope)?.addEventListener("change", onChange);
}
