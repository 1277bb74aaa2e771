import { Button } from "../components";
import { number, points } from "../core/text";
import type { Field } from "../wire";
import { Frame } from "./frame";
import type { FieldKind, FieldProps, Quote } from "./kind";

/** quotes are those of an answer, be it one or several. */
export const quotes = (value: unknown): Quote[] => (Array.isArray(value) ? (value as Quote[]) : value ? [value as Quote] : []);

/** quoted is the answer after a stretch was quoted: the same stretch stands there once, and the text's order holds. */
export function quoted(field: Field, value: unknown, quote: Quote): unknown {
  if (!field.several) return quote;
  const others = quotes(value).filter((q) => q.start !== quote.start || q.end !== quote.end);
  return [...others, quote].sort((a, b) => a.start - b.start || a.end - b.end);
}

/** unquoted is the answer without one of its quotes. */
export function unquoted(field: Field, value: unknown, quote: Quote): unknown {
  if (!field.several) return undefined;
  const left = quotes(value).filter((q) => q !== quote);
  return left.length > 0 ? left : undefined;
}

function View(props: FieldProps) {
  const { field, id, value, set, picking } = props;
  const most = field.max_chars ?? 0;
  const all = quotes(value);
  return (
    <Frame
      of={props}
      group
      hint={<small class="faint">{most > 0 ? `At most ${number(most)} characters${field.several ? " each" : ""}. ` : ""}Select in the text, or press Q and use the arrow keys.</small>}
    >
      <ul class="quotes">
        {all.map((q) => (
          <li key={`${q.start}-${q.end}`}>
            <blockquote dir="auto">{q.text}</blockquote>
            <div class="row">
              <Length of={q.text} most={most} />
              <Button kind="quiet" label={`Remove the quote ${q.text.slice(0, 40)}`} onPress={() => set(unquoted(field, value, q))}>Remove</Button>
            </div>
          </li>
        ))}
      </ul>
      <div class="row" onMouseDown={(e) => e.preventDefault() /* the selection stays */}>
        <span id={`${id}-take`}>
          <Button kind={picking?.selected ? "primary" : "plain"} shortcut={{ key: "q" }} onPress={picking?.selected ? picking.take : picking?.byKeys}>
            {picking?.selected ? "Quote the selection" : all.length > 0 && !field.several ? "Quote something else" : "Quote"}
          </Button>
        </span>
        {picking?.selected && <Length of={picking.selected.text} most={most} />}
      </div>
    </Frame>
  );
}

function Length({ of, most }: { of: string; most: number }) {
  const n = points(of);
  const over = most > 0 && n > most;
  return (
    <small class={over ? "over" : "faint"}>
      {number(n)}
      {most > 0 && ` of at most ${number(most)}`} characters
      {over && `, ${number(n - most)} too many`}
    </small>
  );
}

/** quote: what stands in a text that the form shows. */
export const quote: FieldKind = { View, says: (_, value) => quotes(value).map((q) => `“${q.text}”`).join(" ") };
