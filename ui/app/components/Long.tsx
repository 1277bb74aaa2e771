import { useState } from "preact/hooks";
import { cut, points } from "../core/text";

/** Long is a text as it was written, of which the beginning is shown until one wants all of it. */
export function Long({ text, most = 240 }: { text: string; most?: number }) {
  const [open, setOpen] = useState(false);
  const lines = text.split("\n");
  const tooLong = points(text) > most * 1.2 || lines.length > 12; // hiding a few words helps nobody
  if (!tooLong) return <span class="text" dir="auto">{text}</span>;
  const start = cut(lines.slice(0, 8).join("\n"), 0, most);
  return (
    <>
      <span class="text" dir="auto">{open ? text : `${start.trimEnd()}…`}</span>{" "}
      <button type="button" class="link" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? "less" : `all ${points(text)} characters`}
      </button>
    </>
  );
}
