/** The longest name that file systems take. */
const LENGTH = 255;

/**
 * Returns a suggested name without characters that are special in a file system or mislead a user, and shortened before
 * its ending; "" if nothing is left.
 */
export function cleanedName(suggested: string): string {
  const name = suggested.replaceAll(/[\p{Cc}\p{Bidi_Control}/\\:*?"<>|]/gu, "_").replace(/^\.+/, "");
  if (name.length <= LENGTH) return name;
  const [ending = ""] = /\.\w{1,10}$/.exec(name) ?? [];
  // Half of a character that takes two units goes, too.
  return name.slice(0, LENGTH - ending.length).replace(/\p{Cs}$/u, "") + ending;
}
