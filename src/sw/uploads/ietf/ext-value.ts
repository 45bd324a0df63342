/** Encodes a name as RFC 8187 has it. What cannot be encoded (half of a surrogate pair) becomes U+FFFD. */
export function extValue(name: string): string {
  const wellFormed = new TextDecoder().decode(new TextEncoder().encode(name));
  return encodeURIComponent(wellFormed).replace(/['()*]/g, (it) => `%${it.charCodeAt(0).toString(16)}`);
}
