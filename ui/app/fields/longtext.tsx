import { useLayoutEffect, useRef } from "preact/hooks";
import { countWords, number } from "../core/text";
import { Frame } from "./frame";
import { title, type FieldKind, type FieldProps } from "./kind";

function View(props: FieldProps) {
  const { field, id, value, set, problem } = props;
  const text = typeof value === "string" ? value : "";
  const area = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const it = area.current;
    if (!it || CSS.supports("field-sizing", "content")) return;
    it.style.height = "auto"; // grows with its text where style sheets can't say so
    it.style.height = `${it.scrollHeight + 2}px`;
  }, [text]);
  return (
    <Frame of={props} hint={<Words id={`${id}-words`} text={text} least={field.min_words ?? 0} most={field.max_words ?? 0} />}>
      <textarea
        id={id}
        ref={area}
        dir="auto"
        rows={3}
        value={text}
        aria-invalid={problem !== undefined}
        aria-describedby={problem ? `${id}-problem` : `${id}-words`}
        aria-label={title(field)}
        onInput={(e) => set(e.currentTarget.value === "" ? undefined : e.currentTarget.value)}
      />
    </Frame>
  );
}

/** Words counts as the server does. */
function Words({ id, text, least, most }: { id: string; text: string; least: number; most: number }) {
  const n = countWords(text);
  const bounds = most > 0 ? ` of at most ${number(most)}` : n < least ? ` of at least ${number(least)}` : "";
  const over = most > 0 && n > most;
  return (
    <small id={id} class={over ? "over" : "faint"}>
      {number(n)}{bounds} {n === 1 && bounds === "" ? "word" : "words"}
      {over && `, ${number(n - most)} too many`}
    </small>
  );
}

/** longtext: what somebody writes. */
export const longtext: FieldKind = { View, says: (_, value) => String(value) };
