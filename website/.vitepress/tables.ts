import type { MarkdownRenderer } from "vitepress";

/** Makes an empty head of a column an empty cell: Markdown has no other word for it, and a screen reader reads heads aloud. */
export function emptyHeads(md: MarkdownRenderer): void {
  md.core.ruler.push("empty-heads", ({ tokens }) => {
    for (const [index, token] of tokens.entries()) {
      const [content, end] = tokens.slice(index + 1, index + 3);
      if (token.type !== "th_open" || content?.content !== "" || end === undefined) continue;
      token.tag = "td";
      end.tag = "td";
    }
  });
}
