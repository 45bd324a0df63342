/** A style sheet that was made by a script is allowed under any Content-Security-Policy. */
export function inspectorStyles(): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  return sheet;
}

const CSS = `
:host {
  color-scheme: light dark;
  --line: light-dark(#c8ccd2, #444a52);
  --dim: light-dark(#4d5560, #b3bac4);
  --back: light-dark(#fff, #16191d);
  --mark: light-dark(#0b57d0, #8ab4f8);
  --bad: light-dark(#a50e0e, #f6aea9);
  display: block; box-sizing: border-box; max-inline-size: 100%; padding: 12px;
  border: 1px solid var(--line); border-radius: 8px;
  font: 14px/1.45 system-ui, sans-serif; color: light-dark(#1b1f24, #e8eaed); background: var(--back);
  overflow-wrap: anywhere;
}
:host([hidden]) { display: none; }
* { box-sizing: border-box; }
h2 { margin: 0; font-size: 16px; }
h3 { margin: 14px 0 4px; font-size: 14px; }
header, form { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
header { justify-content: space-between; margin-block-end: 8px; }
input, select, button { font: inherit; color: inherit; background: var(--back); padding: 4px 8px;
  border: 1px solid var(--dim); border-radius: 6px; min-block-size: 30px; }
input { inline-size: 18em; max-inline-size: 100%; }
button { cursor: pointer; }
:focus-visible { outline: 2px solid var(--mark); outline-offset: 2px; }
p { margin: 4px 0; }
ul, ol { list-style: none; margin: 0; padding: 0; }
.task, .rest { border-block-start: 1px solid var(--line); }
summary { padding: 6px 2px; cursor: pointer; }
.id { font-weight: 600; }
.state { display: inline-block; margin-inline: 6px; padding: 0 6px; border: 1px solid var(--line); border-radius: 9px;
  font-size: 12px; color: var(--dim); }
.task[data-bad] .state { color: var(--bad); border-color: currentcolor; }
.why { display: block; margin-inline-start: 16px; color: var(--dim); }
.more { padding: 0 0 10px 18px; }
.seen { max-block-size: 16em; overflow: auto; font-size: 13px; }
time { color: var(--dim); font-variant-numeric: tabular-nums; margin-inline-end: 8px; }
pre { margin: 4px 0; max-block-size: 16em; overflow: auto; white-space: pre-wrap; font-size: 12px; }
.dim { color: var(--dim); }
`;
