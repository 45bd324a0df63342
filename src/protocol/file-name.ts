/**
 * Returns a suggested name without characters that are special in a file system or mislead a user; "" if nothing is left.
 */
export function cleanedName(name: string): string {
  return name
    .replaceAll(/[\p{Cc}\p{Bidi_Control}/\\:*?"<>|]/gu, "_")
    .replace(/^\.+/, "")
    .slice(0, 255);
}
