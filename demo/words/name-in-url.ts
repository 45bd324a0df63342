/** Returns the last part of the path, or the host if there is no path. */
export function nameInUrl(url: string): string {
  const { host, pathname } = new URL(url);
  const last = pathname.split("/").findLast((segment) => segment !== "");
  if (last === undefined) return host;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
