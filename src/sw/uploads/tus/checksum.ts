/** The digests that browsers support, the better one first, as tus names them. */
const DIGESTS: readonly string[] = ["sha256", "sha1"];

/** Returns the header that lets the server check a chunk, with one of the digests that it offers. */
export async function checksumOf(content: Blob, offered: readonly string[]): Promise<Record<string, string>> {
  const name = DIGESTS.find((known) => offered.includes(known));
  if (name === undefined) return {};
  const digest = await crypto.subtle.digest(name.replace("sha", "sha-"), await content.arrayBuffer());
  return { "upload-checksum": `${name} ${btoa(String.fromCharCode(...new Uint8Array(digest)))}` };
}
