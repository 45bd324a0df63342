/** How the demo sends a file. */
export type UploadWay = "request" | "tus" | "ietf";

const ENDPOINTS: Readonly<Record<UploadWay, string>> = { request: "/echo", tus: "/tus", ietf: "/ietf" };
const SLOW_BYTES_PER_SECOND = "500KB";

/** The URL for an upload. Each upload has its own, so that the server counts its faults separately. */
export function uploadTarget(way: UploadWay, isSlow: boolean): string {
  const url = new URL(ENDPOINTS[way], location.href);
  if (isSlow) url.searchParams.set("throttle", SLOW_BYTES_PER_SECOND);
  url.searchParams.set("key", crypto.randomUUID());
  return url.href;
}
