// Texts with a little Markdown in them: guides, and what recipes say of themselves. What is not understood
// stays as it was written. There are no links, no pictures and no HTML.

/** Span is a stretch of text within a block. */
export interface Span {
  kind: "plain" | "strong" | "em" | "code";
  text: string;
}

/** Block is a heading (of level 1 to 3), a paragraph, a list or code. */
export type Block =
  | { kind: "heading"; level: number; spans: Span[] }
  | { kind: "paragraph"; spans: Span[] }
  | { kind: "list"; ordered: boolean; items: Span[][] }
  | { kind: "code"; text: string };

const item = /^\s{0,3}(?:([-*])|\d{1,3}[.)])\s+(.*)$/;

/** blocks reads a text. Lines of a paragraph or an item are joined; an empty line ends it. */
export function blocks(text: string): Block[] {
  const found: Block[] = [];
  let open: string[] = []; // lines of the paragraph, or of the list's last item
  let list: { ordered: boolean; items: string[] } | undefined;
  let code: string[] | undefined;
  const close = () => {
    if (open.length > 0 && !list) found.push({ kind: "paragraph", spans: spans(open.join(" ")) });
    if (list) found.push({ kind: "list", ordered: list.ordered, items: [...list.items, open.join(" ")].map(spans) });
    open = [];
    list = undefined;
  };
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith("```")) {
      if (code) found.push({ kind: "code", text: code.join("\n") });
      else close();
      code = code ? undefined : [];
    } else if (code) code.push(line);
    else if (line.trim() === "") close();
    else if (/^#{1,3}\s/.test(line)) {
      close();
      found.push({ kind: "heading", level: line.indexOf(" "), spans: spans(line.replace(/^#+\s+/, "")) });
    } else {
      const [, dash, rest] = item.exec(line) ?? [];
      if (rest === undefined) open.push(line.trim());
      else {
        const ordered = dash === undefined;
        if (list?.ordered === ordered) list.items.push(open.join(" "));
        else {
          close();
          list = { ordered, items: [] };
        }
        open = [rest.trim()];
      }
    }
  }
  if (code) found.push({ kind: "code", text: code.join("\n") });
  close();
  return found;
}

/** spans finds what is strong, emphasised or code in a line. */
export function spans(line: string): Span[] {
  const found: Span[] = [];
  const marks = /`([^`]+)`|\*\*(\S(?:.*?\S)?)\*\*|\*(\S(?:[^*]*?\S)?)\*/g;
  let at = 0;
  for (const m of line.matchAll(marks)) {
    if (m.index > at) found.push({ kind: "plain", text: line.slice(at, m.index) });
    const [whole, code, strong, em] = m;
    if (code !== undefined) found.push({ kind: "code", text: code });
    else if (strong !== undefined) found.push({ kind: "strong", text: strong });
    else found.push({ kind: "em", text: em ?? "" });
    at = m.index + whole.length;
  }
  if (at < line.length) found.push({ kind: "plain", text: line.slice(at) });
  return found;
}
