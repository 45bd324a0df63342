import { byteWords } from "../words/byte-words.ts";
import { hexLines } from "../words/hex-lines.ts";
import { byId, setText } from "./template.ts";

const TEXT_BYTES = 64 * 1024;
const HEX_BYTES = 512;

/**
 * Shows a downloaded file inside the page. It is never opened as its own page: a downloaded document would run its
 * scripts with this site's rights.
 */
export async function viewFile(file: File): Promise<void> {
  const dialog = byId("viewer", HTMLDialogElement);
  const release = new AbortController();
  const element = await elementFor(file, release.signal);
  setText(byId("viewer-title", HTMLElement), file.name);
  setText(byId("viewer-facts", HTMLElement), factsOf(file));
  byId("viewer-content", HTMLElement).replaceChildren(element);
  byId("viewer-close", HTMLButtonElement).onclick = () => dialog.close();
  dialog.onclose = () => {
    release.abort();
    byId("viewer-content", HTMLElement).replaceChildren();
  };
  dialog.showModal();
}

async function elementFor(file: File, signal: AbortSignal): Promise<HTMLElement> {
  if (file.type.startsWith("image/")) return media(new Image(), file, signal);
  if (file.type.startsWith("audio/")) return media(document.createElement("audio"), file, signal);
  if (file.type.startsWith("video/")) return media(document.createElement("video"), file, signal);
  const lines = document.createElement("pre");
  lines.tabIndex = 0;
  lines.textContent = isText(file)
    ? await file.slice(0, TEXT_BYTES).text()
    : hexLines(new Uint8Array(await file.slice(0, HEX_BYTES).arrayBuffer()));
  return lines;
}

function media(element: HTMLImageElement | HTMLMediaElement, file: File, signal: AbortSignal): HTMLElement {
  const url = URL.createObjectURL(file);
  signal.addEventListener("abort", () => URL.revokeObjectURL(url));
  if (element instanceof HTMLMediaElement) element.controls = true;
  else element.alt = file.name;
  element.src = url;
  return element;
}

function isText({ type }: File): boolean {
  return type.startsWith("text/") || /\b(json|xml|javascript)\b/.test(type);
}

function factsOf(file: File): string {
  const size = `${file.type || "unknown type"} · ${byteWords(file.size)}`;
  if (/^(image|audio|video)\//.test(file.type)) return size;
  const shown = isText(file) ? TEXT_BYTES : HEX_BYTES;
  return file.size > shown ? `${size} · this is how it begins` : size;
}
