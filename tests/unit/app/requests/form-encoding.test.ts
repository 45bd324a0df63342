import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeForm } from "../../../../src/app/requests/form-encoding.ts";
import { partsOf } from "../../../../src/app/requests/stored-body.ts";

/** Reads an encoded form back as a server does. */
async function decoded(
  form: FormData,
): Promise<[string, string | { name: string; type: string; text: string }][]> {
  const { type, blob } = encodeForm(partsOf(form));
  const read = await new Response(await blob, { headers: { "content-type": type } }).formData();
  return Promise.all(
    [...read].map(
      async ([name, value]) =>
        [
          name,
          typeof value === "string"
            ? value
            : { name: value.name, type: value.type, text: await value.text() },
        ] as [string, string | { name: string; type: string; text: string }],
    ),
  );
}

const plain = fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n"%\\]/g, "_"));

describe("encodeForm", () => {
  it("sends the fields and files in their order", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(plain, plain, fc.boolean())), async (fields) => {
        const form = new FormData();
        for (const [name, text, isFile] of fields) {
          if (isFile) form.append(name, new File([text], "a photo.jpg", { type: "image/jpeg" }));
          else form.append(name, text);
        }
        expect(await decoded(form)).toEqual(
          fields.map(([name, text, isFile]) => [
            name,
            isFile ? { name: "a photo.jpg", type: "image/jpeg", text } : text,
          ]),
        );
      }),
      { numRuns: 50 },
    ));

  it("escapes characters that would end a name, and sends line breaks as CRLF", async () => {
    const form = new FormData();
    form.append('a "name"\nof two lines', "one\ntwo\rthree\r\nfour");
    form.append("file", new File(["x"], 'a "file"\r\n.txt'));
    const text = await (await encodeForm(partsOf(form)).blob).text();
    expect(text).toContain('name="a %22name%22%0D%0Aof two lines"');
    expect(text).toContain("one\r\ntwo\r\nthree\r\nfour\r\n");
    expect(text).toContain(
      'filename="a %22file%22%0D%0A.txt"\r\nContent-Type: application/octet-stream\r\n\r\nx',
    );
  });

  it("gives no two forms the same boundary", () => {
    const types = [encodeForm([]), encodeForm([])].map(({ type }) => type);
    expect(types[0]).not.toBe(types[1]);
  });
});
