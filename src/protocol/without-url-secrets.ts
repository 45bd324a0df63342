/** Returns a text that may be shown: no URL in it has a user, a password, a query or a fragment. */
export function withoutUrlSecrets(text: string): string {
  return text.replace(/(https?:[\\/]*)([^\s"<>]*)/gi, (_, start: string, rest: string) => {
    const kept = /^[^?#]*/.exec(rest)?.[0] ?? "";
    const afterUser = kept.replace(/^[^/\\]*@/, "");
    return start + afterUser + (kept === rest ? "" : "?…");
  });
}
