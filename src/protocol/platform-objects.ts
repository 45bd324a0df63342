/** A built-in member of each kind of object, which throws if it is called on anything else. */
export const MEMBERS = {
  AbortSignal: "aborted",
  ArrayBuffer: "byteLength",
  Blob: "size",
  File: "lastModified",
  FormData: "getAll",
  ReadableStream: "locked",
  Request: "bodyUsed",
  TrustedScriptURL: "toJSON",
  URL: "searchParams",
  URLSearchParams: "getAll",
} as const;

type Kind = keyof typeof MEMBERS;

interface Kinds {
  AbortSignal: AbortSignal;
  ArrayBuffer: ArrayBuffer;
  Blob: Blob;
  File: File;
  FormData: FormData;
  ReadableStream: ReadableStream<Uint8Array>;
  Request: Request;
  TrustedScriptURL: object;
  URL: URL;
  URLSearchParams: URLSearchParams;
}

/** Whether `value` is a platform object of any realm: `instanceof` is false for objects of an iframe. */
export function isA<Name extends Kind>(value: unknown, kind: Name): value is Kinds[Name] {
  const member = MEMBERS[kind];
  // Throwing is slow, and most values have no such member.
  if (typeof value !== "object" || value === null || !(member in value)) return false;
  try {
    const { get, value: method } = Object(
      Object.getOwnPropertyDescriptor(globalThis[kind as "URL"].prototype, member),
    );
    (get ?? method).call(value, "");
    return true;
  } catch {
    return false;
  }
}

/** Returns a Blob of this realm: a Blob of an iframe cannot be read when the iframe is gone. */
export function ownBlob(blob: Blob): Blob {
  if ((blob as object) instanceof Blob) return blob;
  return isA(blob, "File") ? ownFile(blob) : new Blob([blob], { type: blob.type });
}

/** Returns a file of this realm. */
export function ownFile(file: File): File {
  if ((file as object) instanceof File) return file;
  const { name, type, lastModified } = file;
  return new File([file], name, { type, lastModified });
}
