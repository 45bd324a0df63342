/** Whether the request's `Accept-Encoding` names gzip, or everything. */
export function acceptsGzip(acceptEncoding: string | string[] = ""): boolean {
  return String(acceptEncoding).split(",").some(isGzip);
}

/** A weight of 0 refuses. */
function isGzip(member: string): boolean {
  const [coding = "", weight = "q=1"] = member.split(";").map((part) => part.trim());
  return (coding === "gzip" || coding === "*") && Number(weight.replace("q=", "")) > 0;
}
