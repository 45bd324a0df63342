import { whileAlive } from "./realm.ts";

/** A response as it is kept: each match is a new one. */
interface Kept {
  readonly url: string;
  readonly body: ArrayBuffer;
  readonly head: ResponseInit;
}

/** A `Cache`. It does not look at `Vary`. */
class FakeCache {
  readonly #kept = new Map<string, Kept>();

  async put(request: RequestInfo | URL, response: Response): Promise<void> {
    const { method, url } = requestOf(request);
    if (method !== "GET") throw new TypeError(`A cache has no place for ${method}.`);
    if (response.status === 206) throw new TypeError("A cache has no place for a part of a response (206).");
    const { status, statusText } = response;
    const head = { status, statusText, headers: [...response.headers] };
    const body = await response.arrayBuffer();
    await whileAlive(async () => void this.#kept.set(keyOf(url), { url: response.url, body, head }));
  }

  async add(request: RequestInfo | URL): Promise<void> {
    const response = await fetch(request);
    if (!response.ok) throw new TypeError(`The server answered ${response.status}.`);
    await this.put(request, response);
  }

  async addAll(requests: Iterable<RequestInfo | URL>): Promise<void> {
    await Promise.all([...requests].map((request) => this.add(request)));
  }

  async match(request: RequestInfo | URL, options?: CacheQueryOptions): Promise<Response | undefined> {
    return (await this.matchAll(request, options))[0];
  }

  async matchAll(request?: RequestInfo | URL, options?: CacheQueryOptions): Promise<Response[]> {
    return this.#find(request, options).map((key) => responseOf(this.#kept.get(key) as Kept));
  }

  async delete(request: RequestInfo | URL, options?: CacheQueryOptions): Promise<boolean> {
    return this.#find(request, options).filter((key) => this.#kept.delete(key)).length > 0;
  }

  async keys(request?: RequestInfo | URL, options?: CacheQueryOptions): Promise<Request[]> {
    return this.#find(request, options).map((key) => new Request(key));
  }

  #find(request?: RequestInfo | URL, { ignoreMethod, ignoreSearch }: CacheQueryOptions = {}): string[] {
    const keys = [...this.#kept.keys()];
    if (request === undefined) return keys;
    const { method, url } = requestOf(request);
    if (method !== "GET" && !ignoreMethod) return [];
    return keys.filter((key) => keyOf(key, ignoreSearch) === keyOf(url, ignoreSearch));
  }
}

/** The `caches` of a world. */
export class FakeCaches {
  readonly #caches = new Map<string, FakeCache>();

  async open(name: string): Promise<FakeCache> {
    const cache = this.#caches.get(name) ?? new FakeCache();
    this.#caches.set(name, cache);
    return cache;
  }

  async has(name: string): Promise<boolean> {
    return this.#caches.has(name);
  }

  async delete(name: string): Promise<boolean> {
    return this.#caches.delete(name);
  }

  async keys(): Promise<string[]> {
    return [...this.#caches.keys()];
  }

  async match(
    request: RequestInfo | URL,
    { cacheName, ...options }: MultiCacheQueryOptions = {},
  ): Promise<Response | undefined> {
    for (const [name, cache] of this.#caches) {
      const found =
        cacheName === undefined || cacheName === name ? await cache.match(request, options) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function requestOf(request: RequestInfo | URL): Pick<Request, "method" | "url"> {
  const isAddress = typeof request === "string" || request instanceof URL;
  return isAddress ? { method: "GET", url: new URL(request, location.href).href } : request;
}

function keyOf(url: string, ignoresSearch = false): string {
  const { origin, pathname, search } = new URL(url);
  return `${origin}${pathname}${ignoresSearch ? "" : search}`;
}

const WITHOUT_BODY: readonly unknown[] = [101, 103, 204, 205, 304];

function responseOf({ url, body, head }: Kept): Response {
  const response = new Response(WITHOUT_BODY.includes(head.status) ? null : body, head);
  return Object.defineProperty(response, "url", { value: url });
}
