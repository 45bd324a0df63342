import { byId } from "./template.ts";

/** A drawer with the inspector, which is loaded when it is opened for the first time. */
export function openInspectorOnRequest(onError: (error: unknown) => void, signal: AbortSignal): void {
  const drawer = byId("drawer", HTMLDialogElement);
  const content = byId("drawer-content", HTMLElement);
  const open = async (): Promise<void> => {
    drawer.showModal();
    await import("../../src/inspector/index.ts");
    if (!drawer.open) return;
    // It takes pictures as long as it is in the document.
    content.replaceChildren(document.createElement("background-inspector"));
  };
  for (const button of document.querySelectorAll("[data-opens=drawer]"))
    button.addEventListener("click", () => void open().catch(onError), { signal });
  byId("drawer-close", HTMLButtonElement).addEventListener("click", () => drawer.close(), { signal });
  drawer.addEventListener("close", () => content.replaceChildren(), { signal });
  // A click beside it closes it, as users expect of a drawer.
  drawer.addEventListener("click", ({ target }) => target === drawer && drawer.close(), { signal });
}
