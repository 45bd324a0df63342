import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  fileLockOf,
  LOCAL_DAEMON,
  namesOf,
  pageWorkerName,
  scopeOfPageWorker,
} from "../../../src/protocol/names.ts";

const SCOPE = "https://example.test/one/";

/** Every kind of name with its namespace; `chosen` is the part that an app or we choose, if it has one. */
const KINDS: Readonly<Record<string, (scope: string, chosen: string) => string>> = {
  "lock daemon": (scope) => namesOf(scope).daemonLock,
  "lock owner": (scope, chosen) => namesOf(scope).ownerLock(chosen),
  "lock succession": (scope, chosen) => namesOf(scope).successionLock(chosen),
  "lock file": (scope, chosen) => fileLockOf(namesOf(scope).database, chosen),
  "channel notices": (scope) => namesOf(scope).notices,
  "channel commands": (scope) => namesOf(scope).commands,
  "channel reply": (scope, chosen) => namesOf(scope).reply(chosen),
  // The realms that have a session open talk on a channel with the name of its lock.
  "channel roll call": (scope, chosen) => namesOf(scope).ownerLock(chosen),
  "database ours": (scope) => namesOf(scope).database,
  "queue ours": (scope) => namesOf(scope).queue,
  "tag ours": (scope) => namesOf(scope).syncTag,
};
const FIXED = [
  "lock daemon",
  "channel notices",
  "channel commands",
  "database ours",
  "queue ours",
  "tag ours",
];

/** The library's own parts of a name, which an app may choose as well. */
const SNIPPETS = [
  "#",
  ":",
  "/",
  "#owner:",
  "#succession",
  "#succession:",
  "#daemon",
  "#commands:",
  "#file:",
  "x",
];

const anyChosen = fc.oneof(
  fc.array(fc.constantFrom(...SNIPPETS), { maxLength: 4 }).map((parts) => parts.join("")),
  fc.string({ maxLength: 8 }),
);
const anyScope = anyChosen.map((path) => new URL(`/a${encodeURI(path)}`, SCOPE).href);

interface Named {
  readonly kind: string;
  readonly scope: string;
  readonly chosen: string;
}

const anyNamed: fc.Arbitrary<Named> = fc.record({
  kind: fc.constantFrom(...Object.keys(KINDS)),
  scope: anyScope,
  chosen: anyChosen,
});

/** Two unrelated names, or a name and an extension of it. */
const anyPair: fc.Arbitrary<[Named, Named]> = fc.oneof(
  fc.tuple(anyNamed, anyNamed),
  fc
    .record({ one: anyNamed, kind: fc.constantFrom(...Object.keys(KINDS)), more: anyChosen })
    .map(({ one, kind, more }): [Named, Named] => [one, { ...one, kind, chosen: one.chosen + more }]),
);

/** What a name must tell apart: two names are equal only if their meanings are. */
function meaningOf({ kind, scope, chosen }: Named): string {
  return JSON.stringify([kind, new URL(scope).pathname, FIXED.includes(kind) ? "" : chosen]);
}

/** A lock and a channel may have the same name. */
function placeOf(named: Named): string {
  const [space] = named.kind.split(" ");
  return `${space} ${KINDS[named.kind]?.(named.scope, named.chosen)}`;
}

describe("names that an app could compose: no identifier leads to another's name", () => {
  it("two names are equal only if their kind, scope and chosen part are", () => {
    fc.assert(
      fc.property(anyPair, ([one, other]) => {
        expect(placeOf(one) === placeOf(other)).toBe(meaningOf(one) === meaningOf(other));
      }),
      { numRuns: 5_000 },
    );
  });

  it("every kind with every pair of snippets has its own name", () => {
    const chosen = SNIPPETS.flatMap((one) => SNIPPETS.map((other) => one + other));
    const scopes = [SCOPE, "https://example.test/", "https://example.test/one/x/"];
    const all = Object.keys(KINDS).flatMap((kind) =>
      scopes.flatMap((scope) => chosen.map((it) => ({ kind, scope, chosen: it }))),
    );
    const places = new Map<string, string>();
    for (const named of all) {
      expect(places.get(placeOf(named)) ?? meaningOf(named)).toBe(meaningOf(named));
      places.set(placeOf(named), meaningOf(named));
    }
  });

  // A page could not open "x" while another held "x#succession".
  it('the identifier "x#succession" does not hold a lock of "x"', () => {
    const { ownerLock, successionLock } = namesOf(SCOPE);
    expect(ownerLock("x#succession")).not.toBe(successionLock("x"));
  });

  it("names that versions share or that are on disk stay as they were", () => {
    const { database, notices, commands, reply, daemonLock, queue, syncTag, ownerLock } = namesOf(SCOPE);
    const prefix = "background-session:/one/";
    expect([database, notices, queue]).toEqual([prefix, prefix, prefix]);
    expect([commands, reply("1")]).toEqual([`${prefix}#commands`, `${prefix}#commands:1`]);
    expect([daemonLock, ownerLock("a")]).toEqual([`${prefix}#daemon`, `${prefix}#owner:a`]);
    expect(syncTag).toBe(`workbox-background-sync:${prefix}`);
    expect(fileLockOf(database, "f")).toBe(`${prefix}#file:f`);
  });
});

describe("LOCAL_DAEMON", () => {
  it("is the same symbol in two copies of the library", () => {
    expect(LOCAL_DAEMON).toBe(Symbol.for("background-session.daemon"));
  });
});

describe("the name of a page's worker", () => {
  it.each(["https://example.test/", "https://example.test/a%20b/"])("contains the scope %s", (scope) => {
    expect(scopeOfPageWorker(pageWorkerName(scope))).toBe(scope);
  });

  it.each([undefined, "", "worker", "background-session", 7])("is not %j", (name) => {
    expect(scopeOfPageWorker(name)).toBeUndefined();
  });
});
