/** Encodes a name as in RFC 8187. Half of a surrogate pair, which cannot be encoded, becomes U+FFFD. */
export function extValue(name: string): string {
  const wellFormed = new TextDecoder().decode(new TextEncoder().encode(name));
  return encodeURIComponent(wellFormed).replace(/['()*]/g, (it) => `%${it.charCodeAt(0).toString(16)}`);
}
