// Texts with stretches that are marked, and positions in what the browser shows of them.
import { cut, points, unitToPoint } from "./text";

/** Range is a stretch of a text, in code points. */
export interface Range {
  start: number;
  end: number;
}

/** Marked is a range with how it looks. */
export interface Marked extends Range {
  look: string;
}

/** Piece is a part of a text in which nothing changes. */
export interface Piece {
  text: string;
  start: number; // in code points
  looks: string[];
}

/** pieces cuts a text where marks begin and end. Marks may overlap. */
export function pieces(text: string, marks: Marked[]): Piece[] {
  const length = points(text);
  const edges = new Set([0, length]);
  for (const m of marks) for (const edge of [m.start, m.end]) if (edge > 0 && edge < length) edges.add(edge);
  const sorted = [...edges].sort((a, b) => a - b);
  return sorted.slice(0, -1).map((start, i) => {
    const end = sorted[i + 1] ?? length;
    const looks = marks.filter((m) => m.start <= start && m.end >= end).map((m) => m.look);
    return { text: cut(text, start, end), start, looks: [...new Set(looks)] };
  });
}

/** selectedIn is what is selected within an element that shows a text and nothing else; undefined for nothing. */
export function selectedIn(element: Element, selection: Selection | null): (Range & { text: string }) | undefined {
  if (!selection || selection.rangeCount === 0 || selection.isCollapsed) return undefined;
  const range = selection.getRangeAt(0);
  if (!element.contains(range.startContainer) || !element.contains(range.endContainer)) return undefined;
  const text = element.textContent ?? "";
  const before = range.cloneRange();
  before.selectNodeContents(element);
  before.setEnd(range.startContainer, range.startOffset);
  const from = before.toString().length;
  return trimmed(text, unitToPoint(text, from), unitToPoint(text, from + range.toString().length));
}

/** trimmed leaves out white space at the ends: nobody means it. */
export function trimmed(text: string, start: number, end: number): (Range & { text: string }) | undefined {
  const inside = cut(text, start, end);
  const kept = inside.trim();
  const from = start + points(inside) - points(inside.trimStart());
  return kept === "" ? undefined : { start: from, end: from + points(kept), text: kept };
}
