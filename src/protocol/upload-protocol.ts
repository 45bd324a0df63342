/** Protocols that send a body in several requests and can resume it; see `docs/uploads.md`. */
export const UPLOAD_PROTOCOLS = ["tus", "ietf"] as const;

export type UploadProtocolName = (typeof UPLOAD_PROTOCOLS)[number];

export function isUploadProtocol(value: unknown): value is UploadProtocolName {
  return UPLOAD_PROTOCOLS.some((name) => name === value);
}
