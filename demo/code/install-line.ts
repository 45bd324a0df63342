import { byId, setText } from "../view/template.ts";

const SHOWN_MS = 2_000;

/** The button that copies the install line, and says so. */
export function copyInstallLine(signal: AbortSignal): void {
  const button = byId("copy", HTMLButtonElement);
  const line = byId("install", HTMLElement);
  const news = byId("copy-news", HTMLElement);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(line.textContent);
      setText(news, "Copied");
    } catch {
      // The clipboard is not there, or not allowed: the user copies by hand.
      getSelection()?.selectAllChildren(line);
      setText(news, "Selected: copy it now");
    }
    setTimeout(() => setText(news, ""), SHOWN_MS);
  };
  button.addEventListener("click", () => void copy(), { signal });
}
