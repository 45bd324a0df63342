/** Returns an answer as a file that can be viewed; its head if it has no body. */
export async function answerFile(response: Response): Promise<File> {
  const { status, headers } = response;
  const body = await response.blob();
  const type = (headers.get("content-type") ?? "text/plain").split(";")[0] ?? "";
  if (body.size > 0) return new File([body], "The server’s answer", { type });
  const head = [`HTTP ${status}`, ...[...headers].map(([name, value]) => `${name}: ${value}`)].join("\n");
  return new File([head], "The server’s answer", { type: "text/plain" });
}
