import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkedOptions } from "../../../../src/app/tasks/checked-options.ts";
import { storedConfiguration } from "../../../../src/protocol/configuration-rules.ts";
import { metadataOf } from "../../../../src/sw/uploads/tus/metadata.ts";
import { taskRow } from "../../../support/task-row.ts";

// An app's value that becomes a header is either sent unchanged or refused during the call.

/** Strings that are likely to break a header. */
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "binary-ascii" }),
  fc.constantFrom(
    "ключ",
    "a\nb",
    "a\r\nb",
    "a\0b",
    "\ud800",
    " a",
    "a ",
    "a\tb",
    "é",
    "a,b",
    "a b",
    "名前",
    "",
  ),
);

function refusalOf(call: () => unknown): TypeError | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return error as TypeError;
  }
}

describe("an app's value that becomes a header", () => {
  it("idempotencyKey is passed on unchanged, or refused with what is allowed", () => {
    fc.assert(
      fc.property(anyText, (idempotencyKey) => {
        const refusal = refusalOf(() => checkedOptions({ idempotencyKey }, "data"));
        if (refusal === undefined) expect(new Headers({ k: idempotencyKey }).get("k")).toBe(idempotencyKey);
        else
          expect(refusal).toMatchObject({
            name: "TypeError",
            message: expect.stringMatching(/idempotencyKey.*printable ASCII|1 to 1,024/),
          });
      }),
    );
  });

  it.each(["key", "a b", "!~", "a".repeat(1024), '"quoted"'])(
    "idempotencyKey %j is accepted",
    (idempotencyKey) => {
      expect(checkedOptions({ idempotencyKey }, "data").idempotencyKey).toBe(idempotencyKey);
    },
  );

  it("a metadata name is passed on unchanged, or refused with what is allowed", () => {
    fc.assert(
      fc.property(anyText, (name) => {
        const metadata = { [name]: "x" };
        const refusal = refusalOf(() => checkedOptions({ protocol: "tus", metadata } as never, "upload"));
        if (refusal !== undefined) {
          expect(refusal).toMatchObject({
            name: "TypeError",
            message: expect.stringMatching(/metadata.*printable ASCII/),
          });
          return;
        }
        const value = metadataOf(taskRow({ upload: { bytesAcknowledged: 0, metadata } }), new Blob([]));
        expect(new Headers({ m: value }).get("m")).toBe(value);
        expect(value.split(/[ ,]/)).toEqual([name, btoa("x")]);
      }),
    );
  });

  it.each(["名前", "a b", "a,b", "a\nb", "é", ""])("metadata named %j is refused", (name) => {
    expect(() => checkedOptions({ metadata: { [name]: "x" } } as never, "upload")).toThrow(TypeError);
  });

  it("a metadata value may be any string of any length", () => {
    const texts = ["\ud800", "a\nb", "名前", "\0", "", "x".repeat(300_000)];
    for (const text of texts) {
      const { metadata } = checkedOptions({ metadata: { name: text } } as never, "upload");
      const row = taskRow({ upload: { bytesAcknowledged: 0, metadata: metadata as Record<string, string> } });
      const value = metadataOf(row, new Blob([]));
      expect(new Headers({ m: value }).get("m")).toBe(value);
      const [, coded = ""] = value.split(" ");
      expect(Buffer.from(coded, "base64").toString()).toBe(text.replace("\ud800", "\ufffd"));
    }
  });

  it("httpAdditionalHeaders are accepted exactly when Headers accepts them", () => {
    fc.assert(
      fc.property(anyText, anyText, (name, value) => {
        const httpAdditionalHeaders = { [name]: value };
        const refusal = refusalOf(() => storedConfiguration({ httpAdditionalHeaders }));
        const plain = refusalOf(() => new Headers(httpAdditionalHeaders));
        expect(refusal === undefined).toBe(plain === undefined);
        if (refusal !== undefined)
          expect(refusal).toMatchObject({
            name: "TypeError",
            message: expect.stringMatching(/httpAdditionalHeaders/),
          });
      }),
    );
  });
});
