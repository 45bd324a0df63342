import head from "./head.css?inline";
import list from "./list.css?inline";
import panel from "./panel.css?inline";
import row from "./row.css?inline";

let made: CSSStyleSheet | undefined;

/** The styles, shared by all panels. Adopted sheets are allowed by a strict `style-src`. */
export function sheets(): CSSStyleSheet[] {
  if (made === undefined) {
    made = new CSSStyleSheet();
    made.replaceSync(panel + head + list + row);
  }
  return [made];
}
