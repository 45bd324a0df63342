import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Command, isCommandMessage, parseCommand } from "../../../src/protocol/commands.ts";
import { anyCommand } from "../../support/any-command.ts";

/** As a message arrives: a structured clone, so that there is neither code nor a prototype in it. */
const anyMessage = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true });

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
          const isOptional = command.type === "hello" && field === "session";
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
