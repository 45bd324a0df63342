const POLICIES: readonly ReferrerPolicy[] = [
  "no-referrer",
  "no-referrer-when-downgrade",
  "same-origin",
  "origin",
  "strict-origin",
  "origin-when-cross-origin",
  "strict-origin-when-cross-origin",
  "unsafe-url",
];

/** What a `<meta name="referrer">` may say, with the words of earlier times. */
const POLICIES_BY_WORD: ReadonlyMap<string, ReferrerPolicy> = new Map([
  ...POLICIES.map((policy) => [policy, policy] as const),
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
  // On a server there is none.
  const url = realm.location && new URL(realm.location.href);
  if (!url?.protocol.startsWith("http")) return "";
  url.hash = url.username = url.password = "";
  return url.href;
}

/** Returns the policy that the page's last valid `<meta name="referrer">` names; no script can read that of a header. */
export function pageReferrerPolicy(): ReferrerPolicy {
  let policy: ReferrerPolicy = "";
  for (const { name, content } of globalThis.document?.getElementsByTagName("meta") ?? []) {
    if (name.toLowerCase() === "referrer") policy = POLICIES_BY_WORD.get(content.toLowerCase()) ?? policy;
  }
  return policy;
}
