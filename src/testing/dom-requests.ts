import type { Globals } from "./globals.ts";

/** What happy-dom leaves out of a request, with what it is unless the caller says otherwise. */
const LEFT_OUT = { integrity: "", cache: "default" } as const;

type Facts = { [Name in keyof typeof LEFT_OUT]?: unknown };

/** Completes the requests of happy-dom, and lets those of Node have addresses that are relative to the page. */
export function installRequests(globals: Globals): void {
  const { Request } = globalThis;
  const leftOut = Object.entries(LEFT_OUT) as [keyof Facts, string][];
  const facts = new WeakMap<object, Facts>();
  for (const [name, usual] of leftOut.filter(([name]) => !(name in Request.prototype)))
    globals.getter(Request.prototype, name, (request) => facts.get(request)?.[name] ?? usual);
  const complete = new Proxy(Request, {
    construct(target, [input, init]: [unknown, Facts?], asked) {
      const address = typeof input === "string" ? new URL(input, globalThis.location?.href).href : input;
      const made = Reflect.construct(target, [address, init], asked) as Request;
      facts.set(made, { ...Object(facts.get(Object(input))), ...init });
      return made;
    },
  });
  globals.define("Request", () => complete);
}
