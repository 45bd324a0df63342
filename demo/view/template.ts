/** Returns the page's element with that id. @throws Error if index.html has none of that kind */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`index.html has no ${kind.name} with the id "${id}".`);
}

/** Returns a copy of the only element in the template with that id. */
export function copyOf(templateId: string): HTMLElement {
  const [element] = byId(templateId, HTMLTemplateElement).content.children;
  return document.importNode(element as HTMLElement, true);
}

/** Returns the element inside `root` that is marked `data-part="name"`. */
export function part<Kind extends HTMLElement>(root: HTMLElement, name: string, kind: new () => Kind): Kind {
  const found = root.querySelector(`[data-part="${name}"]`);
  if (found instanceof kind) return found;
  throw new Error(`The template has no ${kind.name} "${name}".`);
}

/** Writes only what changed: text that is set again loses its selection and is read out again. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
