/** The digests that browsers know, the better one first. */
const DIGESTS: Readonly<Record<string, string>> = { sha256: "SHA-256", sha1: "SHA-1" };

/** Returns the header that lets the server check a chunk, by one of the digests that it offers. */
export async function checksumOf(content: Blob, offered: readonly string[]): Promise<Record<string, string>> {
  const name = Object.keys(DIGESTS).find((known) => offered.includes(known));
  if (name === undefined) return {};
  const digest = await crypto.subtle.digest(DIGESTS[name] as string, await content.arrayBuffer());
  return { "upload-checksum": `${name} ${btoa(String.fromCharCode(...new Uint8Array(digest)))}` };
}
