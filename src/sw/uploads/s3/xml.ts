/**
 * Returns the text of the first element of this name; undefined if there is none. A worker has no parser of XML, and ETags
 * are in quotes.
 */
export function textOf(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text?.replace(/&(quot|#34|amp);/g, (_, entity) => (entity === "amp" ? "&" : '"')).trim();
}

/** Returns what is in each element of this name. */
export function elementsIn(xml: string, name: string): string[] {
  return Array.from(xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, "gs")), ([, inner = ""]) => inner);
}

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
