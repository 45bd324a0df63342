type Answer = Request | Record<string, string> | undefined;
type Hook = (request: Request) => Answer | Promise<Answer>;

const ADDED = { "x-hook": "1" };

function withHeader(request: Request): Headers {
  const headers = new Headers(request.headers);
  headers.set("x-hook", "1");
  return headers;
}

/**
 * The ways in which the app's `willSend` may treat a request without spoiling it. Each but the first adds a header.
 */
export const HOOKS = {
  "looks at it": () => undefined,
  "reads its body": async (request) => {
    await request.arrayBuffer();
    return ADDED;
  },
  "reads the body of a clone": async (request) => {
    await request.clone().blob();
    return ADDED;
  },
  "clones it and reads nothing": (request) => {
    request.clone();
    return ADDED;
  },
  "reads a piece of its body": async (request) => {
    await request.body?.getReader().read();
    return ADDED;
  },
  "sets a header on it": (request) => {
    request.headers.set("x-hook", "1");
    return undefined;
  },
  "returns it with a header set": async (request) => {
    await request.blob();
    request.headers.set("x-hook", "1");
    return request;
  },
  "makes another one of it": (request) => {
    const next = new Request(request);
    next.headers.set("x-hook", "1");
    return next;
  },
  "makes another one of it with other headers": (request) =>
    new Request(request, { headers: withHeader(request) }),
  "makes another one of its clone": (request) =>
    new Request(request.clone(), { headers: withHeader(request) }),
  "makes another one with its address": (request) => {
    const next = new Request(request.url, request);
    next.headers.set("x-hook", "1");
    return next;
  },
  "reads its body and makes another one with it": async (request) => {
    const hasBody = !["GET", "HEAD"].includes(request.method);
    const body = await request.blob();
    const { method } = request;
    return new Request(request.url, { method, headers: withHeader(request), ...(hasBody && { body }) });
  },
  "makes another one without a body": ({ url, method, headers }) => {
    const type = headers.get("content-type");
    const own = [...headers].filter(([name]) => name.startsWith("upload-") || name.startsWith("tus-"));
    // The type goes with the body, which comes from disk.
    const given = own.length > 0 && type !== null ? { "content-type": type } : {};
    return new Request(url, { method, headers: { ...Object.fromEntries(own), ...given, ...ADDED } });
  },
} satisfies Record<string, Hook>;

/** Hooks that change what is sent. */
export const OTHER_HOOKS = {
  "gives a body to a GET": ({ url }) => new Request(url, { method: "PUT", body: "given" }),
  "tells the referrer": ({ referrer }) => ({ "x-referrer": referrer }),
} satisfies Record<string, Hook>;

export type HookName = keyof typeof HOOKS;
