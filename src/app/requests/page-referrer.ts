/** What a `<meta name="referrer">` could say before the policies had the names that they have now. */
const OLD_NAMES: ReadonlyMap<string, ReferrerPolicy> = new Map([
  ["never", "no-referrer"],
  ["default", "strict-origin-when-cross-origin"],
  ["always", "unsafe-url"],
  ["origin-when-crossorigin", "origin-when-cross-origin"],
]);

/**
 * Returns what `fetch` would take for the referrer in this realm; empty if it would send none.
 * See https://w3c.github.io/webappsec-referrer-policy/#determine-requests-referrer
 */
export function pageReferrer(): string {
  let realm: Pick<Window, "location" | "parent"> = globalThis as unknown as Window;
  while (realm.location?.href === "about:srcdoc") realm = realm.parent;
  // A server has no location.
  const url = realm.location && new URL(realm.location.href);
  if (!url?.protocol.startsWith("http")) return "";
  url.hash = url.username = url.password = "";
  return url.href;
}

/** Returns the policy that the page's last valid `<meta name="referrer">` names. No script can read that of a header. */
export function pageReferrerPolicy(): ReferrerPolicy {
  let policy: ReferrerPolicy = "";
  for (const { name, content } of globalThis.document?.getElementsByTagName("meta") ?? []) {
    if (name.toLowerCase() !== "referrer") continue;
    const word = content.toLowerCase();
    try {
      policy =
        new Request("data:,", { referrerPolicy: OLD_NAMES.get(word) ?? (word as ReferrerPolicy) })
          .referrerPolicy || policy;
    } catch {
      // It is not a policy.
    }
  }
  return policy;
}
