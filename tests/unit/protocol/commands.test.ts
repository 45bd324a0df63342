import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Command, isCommandMessage, parseCommand } from "../../../src/protocol/commands.ts";
import { anyCommand } from "../../support/any-command.ts";

/** As a message arrives: a structured clone, so that there is neither code nor a prototype in it. */
const anyMessage = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true });

const OPTIONAL = ["hello session", "presence page"];
const PRESENCE = { type: "presence", isVisible: true, hasNetworkReturned: false, isLeaving: false, owns: [] };

describe("parseCommand", () => {
  it("takes every valid command as it is", () => {
    fc.assert(
      fc.property(anyCommand, (command) => {
        expect(parseCommand(command)).toBe(command);
      }),
    );
  });

  it("says what is wrong with anything else, and never throws", () => {
    fc.assert(
      fc.property(anyMessage, (value) => {
        expect(typeof parseCommand(value)).toBe("string");
      }),
      { numRuns: 1_000 },
    );
  });

  it("takes no command of which one field is something else", () => {
    // A field that is undefined is one that lacks, which the session of a greeting may.
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
        // The odd value may happen to fit: then it is of the type of the one that it replaced.
        if (typeof parsed !== "string") {
          expect(typeof value[field]).toBe(typeof command[field as keyof Command]);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("takes no command that lacks a field", () => {
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
    ["the name of something every object has", { type: "constructor" }],
    ["__proto__", { type: "__proto__" }],
    ["a type that cannot be made a string", { type: { toString: 1, valueOf: 1 } }],
    ["a type without a prototype", { type: Object.create(null) }],
    ["an empty session", { type: "configured", session: "" }],
    ["a session of 257 characters", { type: "configured", session: "s".repeat(257) }],
    ["a page without a name", { ...PRESENCE, page: "" }],
    ["a page with a number for a name", { ...PRESENCE, page: 7 }],
    ["a page with an endless name", { ...PRESENCE, page: "p".repeat(1025) }],
    ["an empty key", { type: "control", session: "a", key: "", action: "cancel" }],
    ["an endless key", { type: "control", session: "a", key: "k".repeat(1025), action: "cancel" }],
    ["the daemon's own event", { type: "control", session: "a", key: "b", action: "finish" }],
    ["a priority of NaN", { type: "prioritize", session: "a", key: "b", priority: Number.NaN }],
    ["a priority above 1", { type: "prioritize", session: "a", key: "b", priority: 1.01 }],
    ["too many keys", { type: "inserted", session: "a", keys: Array(100_001).fill("k") }],
    ["a hole among the keys", { type: "inserted", session: "a", keys: Array(1) }],
    ["fractional versions", { type: "hello", versions: { min: 0.5, max: 1 } }],
  ])("refuses %s", (_, value) => {
    expect(typeof parseCommand(value)).toBe("string");
  });
});

describe("a command that tells of a background fetch", () => {
  const task = { session: "a", key: "b", start: 5, fileId: "b/0", reason: "page-leaving" };

  function parsed(change: object, id: unknown = "background-session:1"): Command | string {
    return parseCommand({ type: "fetch-started", id, tasks: [task, { ...task, ...change }] });
  }

  it("is taken with its tasks, of which the bytes before belong to a file or to none", () => {
    expect(typeof parsed({})).toBe("object");
    expect(typeof parsed({ start: 0, fileId: undefined })).toBe("object");
  });

  it.each<[string, object]>([
    ["no session", { session: undefined }],
    ["an empty session", { session: "" }],
    ["an endless session", { session: "s".repeat(257) }],
    ["no key", { key: undefined }],
    ["a number for a key", { key: 7 }],
    ["no beginning", { start: undefined }],
    ["a beginning before the first byte", { start: -1 }],
    ["half a byte", { start: 0.5 }],
    ["a beginning that is no number", { start: Number.NaN }],
    ["a beginning that is endless", { start: Number.POSITIVE_INFINITY }],
    ["a beginning that cannot be counted to", { start: 2 ** 53 }],
    ["a beginning in words", { start: "0" }],
    ["a file without a name", { fileId: "" }],
    ["a file that is a number", { fileId: 0 }],
    ["a file that is null", { fileId: null }],
    ["no reason", { reason: undefined }],
    ["an unknown reason", { reason: "because" }],
    ["a reason that every object has", { reason: "constructor" }],
  ])("is refused whole for one task with %s", (_, change) => {
    expect(parsed(change)).toBe('malformed fields in command "fetch-started"');
  });

  it.each<[string, unknown]>([
    ["null", null],
    ["a string", "b"],
    ["an array", [task]],
  ])("is refused for a task that is %s", (_, value) => {
    const command = { type: "fetch-started", id: "background-session:1", tasks: [value] };
    expect(typeof parseCommand(command)).toBe("string");
  });

  it.each([undefined, "", 5, "background-session:".padEnd(200_000), "one of the app's own"])(
    "is refused with %s for a registration",
    (id) => {
      expect(typeof parseCommand({ type: "fetch-started", id, tasks: [task] })).toBe("string");
    },
  );

  it.each<[string, unknown]>([
    ["none", undefined],
    ["no list", { 0: task, length: 1 }],
    ["a hole", Array(1)],
    ["an empty list", []],
    ["too many", Array(10_001).fill(task)],
  ])("is refused with %s for tasks", (_, tasks) => {
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

  it("knows ours by its mark, however malformed the rest is", () => {
    expect(isCommandMessage({ backgroundSession: "command" })).toBe(true);
  });
});
