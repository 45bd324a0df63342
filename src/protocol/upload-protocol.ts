/**
 * The name of a protocol that sends a body in several requests: `"tus"`, `"ietf"`, or that of another protocol which
 * the worker was given; see `docs/uploads.md`.
 */
export type UploadProtocolName = "tus" | "ietf" | (string & Record<never, never>);
