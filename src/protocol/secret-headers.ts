/** Headers that carry credentials and are not stored unless the app allows it (X2). */
export const CREDENTIAL_HEADERS: readonly string[] = ["authorization", "proxy-authorization"];

/** The app's settings for headers that carry secrets. */
export interface SecretPolicy {
  readonly secretHeaders: readonly string[];
  readonly storeCredentials: boolean;
}

/** @throws TypeError if one of the headers must not be stored */
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
