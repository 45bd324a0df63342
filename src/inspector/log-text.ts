/** Returns the message of a line of the log as text: the facts at its end, which are JSON, are listed. */
export function logText(message: string): string {
  const start = message.indexOf("{");
  const facts = factsIn(message.slice(start));
  if (facts === undefined) return message;
  return message.slice(0, start) + facts.map(([name, value]) => `${name} ${value}`).join(", ");
}

function factsIn(text: string): [string, string][] | undefined {
  try {
    const { kind: _, ...facts } = JSON.parse(text);
    return Object.entries(facts);
  } catch {
    return undefined;
  }
}
