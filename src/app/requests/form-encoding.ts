import { isReadable } from "../../store/bodies.ts";
import type { FormPart } from "../../store/schema.ts";

/**
 * Encodes a form as `multipart/form-data`. WebKit cannot read the body of a `Response` that has a file in it.
 * See https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
 */
export function encodeForm(parts: readonly FormPart[]): {
  readonly type: string;
  readonly blob: Promise<Blob>;
} {
  const boundary = `----form-${crypto.randomUUID()}`;
  return { type: `multipart/form-data; boundary=${boundary}`, blob: blobOf(parts, boundary) };
}

async function blobOf(parts: readonly FormPart[], boundary: string): Promise<Blob> {
  // Chromium takes a deleted file for an empty one.
  if (!(await isReadable(parts))) throw new Error("A file of the form cannot be read.");
  const encoded = parts.flatMap(([name, value, fileName]) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(withCrlf(name))}"`,
    ...(value instanceof File
      ? [
          `; filename="${escaped(fileName ?? value.name)}"\r\nContent-Type: ${value.type || "application/octet-stream"}\r\n\r\n`,
          value,
        ]
      : ["\r\n\r\n", withCrlf(value)]),
    "\r\n",
  ]);
  return new Blob([...encoded, `--${boundary}--\r\n`]);
}

function withCrlf(text: string): string {
  return text.replace(/\r\n?|\n/g, "\r\n");
}

function escaped(name: string): string {
  return name.replace(/[\n\r"]/g, encodeURIComponent);
}
