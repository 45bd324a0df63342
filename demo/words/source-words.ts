/** "example.com · file.zip": the host, and what the address calls the file. */
export function sourceWords(url: string): string {
  const { host } = new URL(url);
  return `${host} · ${nameInUrl(url)}`;
}

/** Returns the last part of the path, or the host where there is no path. */
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
