/** Headers that carry credentials and are therefore not stored unless the app asks for it (X2). */
export const CREDENTIAL_HEADERS: readonly string[] = ["authorization", "proxy-authorization"];

/** What the app says about headers that carry secrets. */
export interface SecretPolicy {
  readonly secretHeaders: readonly string[];
  readonly storeCredentials: boolean;
}

/** @throws TypeError where headers that must not lie on disk are to be stored */
export function checkSecrets(
  headers: Readonly<Record<string, string>>,
  { secretHeaders, storeCredentials }: SecretPolicy,
): void {
  if (storeCredentials) return;
  const secret = [...CREDENTIAL_HEADERS, ...secretHeaders].find((name) => Object.hasOwn(headers, name));
  if (secret === undefined) return;
  throw new TypeError(
    `The header "${secret}" would be stored in IndexedDB. Use a cookie; add it at send time in the daemon's willSend ` +
      "hook; or set storeCredentials: true if it may lie on disk.",
  );
}
