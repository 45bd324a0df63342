import type { Action } from "./choices.ts";
import type { FileKind } from "./file-kind.ts";

export type IconName = Action | FileKind | "group" | "drop";

const ROUND = "M20 12a8 8 0 1 1-2.3-5.7L20 8.5M20 4v4.5h-4.5";
const CROSS = "M6 6l12 12M18 6 6 18";
const PAGE = "M14 3H5v18h14V8zM14 3v5h5";

/** Lines on a field of 24 × 24. */
const PATHS: Record<IconName, string> = {
  pause: "M9 5v14M15 5v14",
  resume: "M8 5v14l11-7z",
  now: ROUND,
  retry: ROUND,
  open: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  save: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  cancel: CROSS,
  remove: CROSS,
  group: "M9 6l6 6-6 6",
  drop: "M12 16V5M7 9.5l5-5 5 5M5 20h14",
  image: "M4 4h16v16H4zM4 17l5-5 4 4 3-3 4 4M14.5 9h.01",
  video: "M3 6h13v12H3zM16 11l5-3v8l-5-3",
  audio: "M9 18V6l10-2v12M9 18a2.5 2.5 0 1 1 0-.1M19 16a2.5 2.5 0 1 1 0-.1",
  archive: "M4 4h16v5H4zM5.5 9v11h13V9M10 13h4",
  document: `${PAGE}M9 13h6M9 17h6`,
  data: "M8 6l-5 6 5 6M16 6l5 6-5 6",
  file: PAGE,
};

const SVG = "http://www.w3.org/2000/svg";

/** Makes a picture that screen readers skip. */
export function makeIcon(name: IconName): SVGSVGElement {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  picture.append(document.createElementNS(SVG, "path"));
  showIcon(picture, name);
  return picture;
}

/** Changes the picture. */
export function showIcon(picture: SVGSVGElement, name: IconName): void {
  const line = picture.firstElementChild;
  if (line?.getAttribute("d") !== PATHS[name]) line?.setAttribute("d", PATHS[name]);
}
