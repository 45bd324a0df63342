import { BackgroundSession, type OpenOptions } from "background-session";
import { MOUNTS } from "./samples-mount.ts";

// The app around the samples: it has what they take from it, and notes what they call.

const calls: unknown[][] = [];

/** An object of the app, such as its library: each method can be called, and is noted. */
function standIn(name: string): unknown {
  const call = (...given: unknown[]): unknown => {
    calls.push([name, ...given.map(plain)]);
    return standIn(`${name}()`);
  };
  // Nobody awaits it.
  return new Proxy(call, {
    get: (_, key) => (key === "then" ? undefined : standIn(`${name}.${String(key)}`)),
  });
}

function plain(given: unknown): unknown {
  if (given instanceof File) return { name: given.name, size: given.size, type: given.type };
  if (given instanceof Error) return "code" in given ? given.code : given.message;
  if (typeof given === "object" && given !== null && "originalRequest" in given && "id" in given)
    return "task";
  return structuredClone(given);
}

for (const level of ["log", "warn"] as const) {
  const write = console[level];
  console[level] = (...given) => {
    calls.push([`console.${level}`, ...given.map(plain)]);
    write(...given);
  };
}

async function open(identifier: string, options: OpenOptions = {}): Promise<void> {
  globalThis.session = await BackgroundSession.open(identifier, options);
}

let runs = 0;

/** Runs a sample, also once more, and has what it declares as `it`. */
async function run(path: string): Promise<void> {
  runs += 1;
  globalThis.it = await import(/* @vite-ignore */ `${path}?${runs}`);
}

/** Ends what an earlier sample has left. */
async function forget(identifiers: readonly string[]): Promise<void> {
  for (const identifier of identifiers) {
    await BackgroundSession.current(identifier)?.close();
    await BackgroundSession.delete(identifier);
  }
  calls.length = 0;
}

let unmount: () => unknown = () => {};

/** Shows a component in place of the one before it. */
async function show(framework: keyof typeof MOUNTS, component: unknown): Promise<void> {
  await unmount();
  const target = document.body.appendChild(document.createElement("main"));
  const end = await MOUNTS[framework](component, target, globalThis.session);
  unmount = async () => {
    await end();
    target.remove();
  };
}

const around = { calls, open, run, forget, show };

export type Around = typeof around;

const photo = new File([Uint8Array.from({ length: 300_000 }, (_, index) => index)], "7.jpg", {
  type: "image/jpeg",
});
Object.assign(globalThis, { around, BackgroundSession, file: photo });
for (const name of ["library", "album", "row"]) Object.assign(globalThis, { [name]: standIn(name) });
