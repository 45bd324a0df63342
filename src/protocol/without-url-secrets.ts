/** Returns a text that may be shown: no URL in it has a user, a password, a query or a fragment. */
export function withoutUrlSecrets(text: string): string {
  return text.replace(/https?:[^\s"<>]*/gi, (url) => {
    const kept = /^[^?#]*/.exec(url)?.[0] ?? "";
    // One URL may be in the path of another.
    const bare = kept.replace(/(https?:[\\/]*)[^\s/\\]*@/gi, "$1");
    return kept === url ? bare : `${bare}?…`;
  });
}
