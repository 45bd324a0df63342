/** The characters of a digest in base64, without padding; the strongest last. */
const LENGTHS = { sha256: 43, sha384: 64, sha512: 86 };

export type IntegrityAlgorithm = keyof typeof LENGTHS;

export interface Integrity {
  readonly algorithm: IntegrityAlgorithm;
  /** In base64, without padding. One of them has to match. */
  readonly digests: readonly string[];
}

const HASH = /^(sha256|sha384|sha512)-([\w+/-]+)={0,2}(\?.*)?$/;

/**
 * Parses Subresource Integrity metadata: https://www.w3.org/TR/sri-2/. As for the platform, only the hashes of the
 * strongest algorithm count.
 * @returns undefined if it is malformed
 */
export function integrityOf(metadata: string): Integrity | undefined {
  const found = new Map<string, string[]>();
  for (const hash of metadata.split(/\s+/).filter(Boolean)) {
    const [, algorithm = "", digest = ""] = HASH.exec(hash) ?? [];
    if (digest.length !== LENGTHS[algorithm as IntegrityAlgorithm]) return undefined;
    const standard = digest.replaceAll("-", "+").replaceAll("_", "/");
    found.set(algorithm, [...(found.get(algorithm) ?? []), standard]);
  }
  const algorithm = (Object.keys(LENGTHS) as IntegrityAlgorithm[]).findLast((name) => found.has(name));
  return algorithm && { algorithm, digests: found.get(algorithm) ?? [] };
}
