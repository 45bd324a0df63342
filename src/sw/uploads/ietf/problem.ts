const REGISTRY = "https://iana.org/assignments/http-problem-types#";

/** Whether an answer is one of these problems (RFC 9457). Does not consume its body. */
export async function isProblem(response: Response, ...names: readonly string[]): Promise<boolean> {
  if (!response.headers.get("content-type")?.startsWith("application/problem+json")) return false;
  const problem = await response
    .clone()
    .json()
    .catch(() => undefined);
  return names.some((name) => problem?.type === REGISTRY + name);
}
