import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Command, isCommandMessage, parseCommand } from "../../../src/protocol/commands.ts";
import { anyCommand } from "../../support/any-command.ts";

/** A message as it arrives: a structured clone, so without functions and prototypes. */
const anyMessage = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true });

const OPTIONAL = [
  "hello session",
  "presence page",
  "control reason",
  "prioritize priority",
  "prioritize description",
];
const PRESENCE = { type: "presence", isVisible: true, hasNetworkReturned: false, isLeaving: false, owns: [] };

describe("parseCommand", () => {
  it("accepts every valid command as it is", () => {
    fc.assert(
      fc.property(anyCommand, (command) => {
        expect(parseCommand(command)).toBe(command);
      }),
    );
  });

  it("returns the problem with anything else as a string, and never throws", () => {
    fc.assert(
      fc.property(anyMessage, (value) => {
        expect(typeof parseCommand(value)).toBe("string");
      }),
      { numRuns: 1_000 },
    );
  });

  it("refuses a command with a field of another type", () => {
    // An undefined field counts as missing, which optional fields may be.
    const anyValue = anyMessage.filter((value) => value !== undefined);
    const spoilt = fc
      .tuple(anyCommand, anyValue, fc.nat())
      .map(([command, value, index]): [Command, Record<string, unknown>, string] => {
        const fields = Object.keys(command);
        const field = fields[index % fields.length] as string;
        return [command, { ...command, [field]: value }, field];
      });
    fc.assert(
      fc.property(spoilt, ([command, value, field]) => {
        const parsed = parseCommand(value);
        // A random value may happen to fit; then it has the type of the value that it replaced.
        if (typeof parsed !== "string") {
          expect(typeof value[field]).toBe(typeof command[field as keyof Command]);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("refuses a command that lacks a required field", () => {
    fc.assert(
      fc.property(anyCommand, (command) => {
        for (const field of Object.keys(command)) {
          const { [field]: _, ...rest } = command as Record<string, unknown>;
          const isOptional = OPTIONAL.includes(`${command.type} ${field}`);
          expect(typeof parseCommand(rest)).toBe(isOptional ? "object" : "string");
        }
      }),
    );
  });

  it.each<[string, unknown]>([
    ["null", null],
    ["an array", [{ type: "configured", session: "a" }]],
    ["no type", {}],
    ["the name of an inherited property", { type: "constructor" }],
    ["__proto__", { type: "__proto__" }],
    ["a type that cannot be converted to a string", { type: { toString: 1, valueOf: 1 } }],
    ["a type without a prototype", { type: Object.create(null) }],
    ["an empty session", { type: "configured", session: "" }],
    ["a session of 257 characters", { type: "configured", session: "s".repeat(257) }],
    ["a page without a name", { ...PRESENCE, page: "" }],
    ["a page with a number as its name", { ...PRESENCE, page: 7 }],
    ["a page with an overlong name", { ...PRESENCE, page: "p".repeat(1025) }],
    ["an empty key", { type: "control", session: "a", key: "", action: "cancel" }],
    ["an overlong key", { type: "control", session: "a", key: "k".repeat(1025), action: "cancel" }],
    [
      "an overlong reason",
      { type: "control", session: "a", key: "b", action: "cancel", reason: "r".repeat(1025) },
    ],
    ["the daemon's own event", { type: "control", session: "a", key: "b", action: "finish" }],
    ["a priority of NaN", { type: "prioritize", session: "a", key: "b", priority: Number.NaN }],
    ["a priority above 1", { type: "prioritize", session: "a", key: "b", priority: 1.01 }],
    ["a description of null", { type: "prioritize", session: "a", key: "b", description: null }],
    ["too many keys", { type: "inserted", session: "a", keys: Array(100_001).fill("k") }],
    ["a hole among the keys", { type: "inserted", session: "a", keys: Array(1) }],
    ["fractional versions", { type: "hello", versions: { min: 0.5, max: 1 } }],
  ])("refuses %s", (_, value) => {
    expect(typeof parseCommand(value)).toBe("string");
  });
});

describe("the fetch-started command", () => {
  const task = { session: "a", key: "b", start: 5, fileId: "b/0", reason: "page-leaving" };

  function parsed(change: object, id: unknown = "background-session:1"): Command | string {
    return parseCommand({ type: "fetch-started", id, tasks: [task, { ...task, ...change }] });
  }

  it("is accepted with tasks that continue a file or begin without one", () => {
    expect(typeof parsed({})).toBe("object");
    expect(typeof parsed({ start: 0, fileId: undefined })).toBe("object");
  });

  it.each<[string, object]>([
    ["no session", { session: undefined }],
    ["an empty session", { session: "" }],
    ["an overlong session", { session: "s".repeat(257) }],
    ["no key", { key: undefined }],
    ["a number as its key", { key: 7 }],
    ["no start", { start: undefined }],
    ["a start before the first byte", { start: -1 }],
    ["a fractional start", { start: 0.5 }],
    ["a start of NaN", { start: Number.NaN }],
    ["an infinite start", { start: Number.POSITIVE_INFINITY }],
    ["a start that is no safe integer", { start: 2 ** 53 }],
    ["a string as its start", { start: "0" }],
    ["an empty fileId", { fileId: "" }],
    ["a number as its fileId", { fileId: 0 }],
    ["null as its fileId", { fileId: null }],
    ["no reason", { reason: undefined }],
    ["an unknown reason", { reason: "because" }],
    ["the name of an inherited property as its reason", { reason: "constructor" }],
  ])("is refused as a whole if one task has %s", (_, change) => {
    expect(parsed(change)).toBe('malformed fields in command "fetch-started"');
  });

  it.each<[string, unknown]>([
    ["null", null],
    ["a string", "b"],
    ["an array", [task]],
  ])("is refused if a task is %s", (_, value) => {
    const command = { type: "fetch-started", id: "background-session:1", tasks: [value] };
    expect(typeof parseCommand(command)).toBe("string");
  });

  it.each([undefined, "", 5, "background-session:".padEnd(200_000), "one of the app's own"])(
    "is refused with %s as its registration id",
    (id) => {
      expect(typeof parseCommand({ type: "fetch-started", id, tasks: [task] })).toBe("string");
    },
  );

  it.each<[string, unknown]>([
    ["missing", undefined],
    ["an array-like object", { 0: task, length: 1 }],
    ["a sparse array", Array(1)],
    ["an empty array", []],
    ["too many", Array(10_001).fill(task)],
  ])("is refused if its tasks are %s", (_, tasks) => {
    expect(typeof parseCommand({ type: "fetch-started", id: "background-session:1", tasks })).toBe("string");
  });
});

describe("isCommandMessage", () => {
  it("leaves the app's own messages alone", () => {
    fc.assert(
      fc.property(anyMessage, (data) => {
        expect(isCommandMessage(data)).toBe(false);
      }),
    );
    expect(isCommandMessage({ backgroundSession: "are-you-there" })).toBe(false);
  });

  it("recognizes the library's messages by their mark, even if the rest is malformed", () => {
    expect(isCommandMessage({ backgroundSession: "command" })).toBe(true);
  });
});
