import fc from "fast-check";
import { anyCommand } from "./any-command.ts";

/** Names that mean something to the daemon or to JavaScript; taken from the world, so that messages hit something. */
export interface Names {
  readonly sessions: readonly string[];
  readonly keys: readonly string[];
}

const POLLUTING = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "length", "then"];

/** A structured clone, as it arrives: without code, and with `__proto__` as an ordinary property. */
export const anyClone: fc.Arbitrary<unknown> = fc
  .anything({
    key: fc.oneof(fc.constantFrom(...POLLUTING), fc.string()),
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withUnicodeString: true,
  })
  .map((value) => structuredClone(value));

/** Edge cases of a field's values. */
export const anyEdge: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    0.5,
    2 ** 53,
    1e308,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1n,
    "",
  ),
  fc.constantFrom<unknown>([], {}, [null], [[]], Array(1), new Date(Number.NaN), new Map(), new Set(), /x/),
  fc.constantFrom<unknown>(new Blob(["x"]), new ArrayBuffer(8), new Uint8Array(3), new Error("x")),
  fc.constantFrom<unknown>(...POLLUTING, "finish", "x".repeat(1_025), "\ud800", "\0", "daemon-started"),
  fc.constantFrom<unknown>(Object("boxed"), Object(1), Object.create(null)),
  fc.constant(0).map(() => new TooLong()),
  fc.constant(0).map(cyclic),
  anyClone,
);

/** Longer than any list in a command may be. It arrives as an array; a report shows its class. */
class TooLong extends Array<string> {
  constructor() {
    super(100_001);
    this.fill("k");
  }

  readonly [fc.toStringMethod] = (): string => "100,001 keys";
}

function cyclic(): unknown {
  const value: Record<string, unknown> = { type: "control" };
  value.self = [value];
  return value;
}

/** A change of a command, applied to an object that earlier changes may have turned into anything. */
type Spoiling = (command: Record<string, unknown>) => Record<string, unknown>;

function anySpoiling({ sessions, keys }: Names): fc.Arbitrary<Spoiling> {
  const field = fc.constantFrom(
    ...["type", "session", "key", "keys", "action", "priority", "versions", "tasks", "id", "owns"],
    ...[
      "isVisible",
      "hasNetworkReturned",
      "isLeaving",
      "min",
      "start",
      "fileId",
      "reason",
      "page",
      ...POLLUTING,
    ],
  );
  return fc.oneof(
    fc.tuple(field, anyEdge).map(
      ([name, value]): Spoiling =>
        (command) =>
          own({ ...command }, name, value),
    ),
    field.map(
      (name): Spoiling =>
        ({ [name]: _, ...rest }) =>
          rest,
    ),
    fc.tuple(field, field).map(
      ([one, other]): Spoiling =>
        (command) =>
          own(own({ ...command }, one, ownOf(command, other)), other, ownOf(command, one)),
    ),
    fc
      .constantFrom(
        "hello",
        "inserted",
        "control",
        "prioritize",
        "configured",
        "delete-session",
        "fetch-started",
      )
      .map(
        (type): Spoiling =>
          (command) => ({ ...command, type }),
      ),
    fc.constantFrom(...sessions).map(
      (session): Spoiling =>
        (command) => ({ ...command, session }),
    ),
    fc.constantFrom(...keys).map(
      (key): Spoiling =>
        (command) => ({ ...command, key, keys: [key, key] }),
    ),
  );
}

function ownOf(command: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(command, name) ? command[name] : undefined;
}

/** A plain assignment to `__proto__` would not create a property. */
function own(target: Record<string, unknown>, name: string, value: unknown): Record<string, unknown> {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  return target;
}

/** A valid command about existing things, as far as `names` lists them. */
export function anyAimedCommand({ sessions, keys }: Names): fc.Arbitrary<Record<string, unknown>> {
  const aim = { session: fc.constantFrom(...sessions), key: fc.constantFrom(...keys) };
  return fc.tuple(anyCommand, fc.record(aim), fc.nat(3)).map(([command, { session, key }, start]) => {
    const aimed: Record<string, unknown> = { ...command };
    if ("session" in aimed) aimed.session = session;
    if ("key" in aimed) aimed.key = key;
    if ("keys" in aimed) aimed.keys = [key];
    if ("owns" in aimed) aimed.owns = [session];
    if ("tasks" in aimed) aimed.tasks = [{ session, key, start, reason: "page-leaving" }];
    return aimed;
  });
}

/** A command with something changed, added, removed or exchanged. It may still be valid. */
export function anySpoiltCommand(names: Names): fc.Arbitrary<unknown> {
  return fc
    .tuple(anyAimedCommand(names), fc.array(anySpoiling(names), { minLength: 1, maxLength: 3 }))
    .map(([command, spoilings]) =>
      spoilings.reduce<Record<string, unknown>>((it, spoil) => spoil(it), { ...command }),
    );
}
