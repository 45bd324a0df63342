type Attributes = Readonly<Record<string, string>>;

/** Makes an element. Its parts are its classes too. Nothing is parsed, so that no Trusted Types policy is needed. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (attributes.part) element.className = attributes.part;
  element.append(...children);
  return element;
}

/** Sets a text only if it changes: a text that is set again loses the user's selection. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Sets an attribute, or removes it if the value is undefined. */
export function setAttribute(element: Element, name: string, value: string | undefined): void {
  if (value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Shows how far something is; a bar without a figure says only that something is going on. */
export function setProgress(bar: HTMLProgressElement, fraction: number | undefined): void {
  setAttribute(bar, "value", fraction?.toFixed(4));
}
