import { useEffect, useRef } from "preact/hooks";
import { pieces, selectedIn, type Marked } from "../core/marks";
import type { Quote } from "../fields/kind";

/** ReadingProps is what every text of an item is given. */
export interface ReadingProps {
  name: string; // of the item's field
  text: string;
  marks: Marked[]; // what is quoted, and what is being picked
  select?: (name: string, quote: Quote | undefined) => void; // where people quote this text: what they select
}

/** Reading shows one of the item's texts, and nothing else, as it is. */
export function Reading({ name, text, marks, select }: ReadingProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!select) return;
    const hear = () => element.current && select(name, selectedIn(element.current, document.getSelection()));
    document.addEventListener("selectionchange", hear);
    return () => document.removeEventListener("selectionchange", hear);
  }, [name, select]);
  const picking = marks.find((m) => m.look === "pick");
  useEffect(() => {
    element.current?.querySelector(".pick")?.scrollIntoView({ block: "nearest" });
  }, [picking?.start, picking?.end]);
  return (
    <div class="reading" dir="auto" ref={element}>
      {pieces(text, marks).map((p) => (p.looks.length > 0 ? <mark key={p.start} class={p.looks.join(" ")}>{p.text}</mark> : p.text))}
    </div>
  );
}
