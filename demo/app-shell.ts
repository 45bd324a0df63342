import { files, version } from "virtual:shell-files";

const PREFIX = "shell-";
const CACHE = PREFIX + version;
const PAGE = "/index.html";
const FILES: ReadonlySet<string> = new Set(files);

/** A slower network counts as none: the cached page is shown. */
const PATIENCE_MS = 3_000;

/** Caches every file of the page, or fails: half an app is useless offline. */
export async function keepShell(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(files.map((file) => new Request(file, { cache: "reload" })));
}

/** Deletes the shells of earlier versions. */
export async function dropOldShells(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** Answers requests for the page and its files; undefined for all others, which the shell leaves alone. */
export function shellAnswer(request: Request): Promise<Response> | undefined {
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || FILES.size === 0) return undefined;
  if (request.mode === "navigate") return isPage(pathname) ? networkFirst(request) : undefined;
  return FILES.has(pathname) ? cacheFirst(request, pathname) : undefined;
}

function isPage(pathname: string): boolean {
  return pathname === "/" || pathname === PAGE;
}

async function cacheFirst(request: Request, pathname: string): Promise<Response> {
  return (await kept(pathname)) ?? fetch(request);
}

async function networkFirst(request: Request): Promise<Response> {
  const fresh = fetch(request);
  const timeUp = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS));
  const answer = await Promise.race([fresh.catch(() => undefined), timeUp]);
  if (answer?.ok) return answer;
  return (await kept(PAGE)) ?? answer ?? fresh;
}

async function kept(path: string): Promise<Response | undefined> {
  const cache = await caches.open(CACHE);
  return cache.match(path);
}
