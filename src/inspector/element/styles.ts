import css from "./inspector.css?inline";

/** A style sheet that was made by a script is allowed under any Content-Security-Policy. */
export function inspectorStyles(): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return sheet;
}
