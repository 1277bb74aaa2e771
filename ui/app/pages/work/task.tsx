import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Desk } from "../../core/desk";
import { isTyping, useKeys } from "../../core/keys";
import type { Marked } from "../../core/marks";
import { fields } from "../../fields/catalog";
import type { Item, Quote } from "../../fields/kind";
import { quoted, quotes } from "../../fields/quote";
import { parts } from "../../parts/catalog";
import type { ReadingProps } from "../../parts/reading";
import type { Field, Work } from "../../wire";
import { Actions } from "./actions";
import { Asked, Closed, noteOf } from "./asked";
import { usePicker } from "./picker";

/** Selected is what is selected now, and in which of the item's texts. */
interface Selected {
  name: string;
  quote: Quote;
}

/** Task is the task at hand: its texts, its questions, and what can be done with it. */
export function Task({ desk, work, skip }: { desk: Desk; work: Work; skip: () => void }) {
  const item = work.item as Item;
  const { form } = work;
  const values = desk.values.value;
  const top = useRef<HTMLElement>(null);
  const [selected, setSelected] = useState<Selected>();
  const keyed = useDigits(desk, form.ask);
  const [opened, setOpened] = useState<string[]>([]);
  useLayoutEffect(() => {
    const last = opened.at(-1);
    if (last) focusField(last); // at once: what is typed next is text already
  }, [opened]);
  const picker = usePicker();

  useLayoutEffect(() => {
    scrollTo(0, 0);
    top.current?.scrollTo(0, 0);
    top.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    const first = desk.problems.value[0];
    if (first) focusField(first.field);
  }, [desk.problems.value]);

  const select = useCallback((name: string, quote: Quote | undefined) => {
    setSelected((old) => (quote ? { name, quote } : old?.name === name ? undefined : old));
  }, []);
  const take = (field: Field, quote: Quote) => {
    desk.set(field.name, quoted(field, desk.values.peek()[field.name], quote));
    document.getSelection()?.removeAllRanges();
    setSelected(undefined);
  };
  const quoting = form.ask.filter((f) => f.kind === "quote");
  const press = (field: Field) => {
    const text = String(item[field.of ?? ""] ?? "");
    if (selected && selected.name === field.of) take(field, selected.quote);
    else picker.begin(field.of ?? "", text, (quote) => take(field, quote));
  };
  const wanted = () =>
    quoting.find((f) => f.of === selected?.name && (f.several || !values[f.name])) ??
    quoting.find((f) => f.of === selected?.name) ??
    quoting.find((f) => !values[f.name]) ??
    quoting[0];

  const note = noteOf(form.ask);
  const open = (field: Field) => {
    setOpened((old) => [...old, field.name]);
  };
  const isClosed = (f: Field) => f.optional === true && f.kind === "longtext" && values[f.name] === undefined && !opened.includes(f.name);
  useKeys([
    { key: "Enter", does: "Send", run: () => desk.send() },
    { key: "Enter", ctrl: true, does: "Send, while writing", run: () => desk.send() },
    { key: "n", does: `Write: ${note?.label || note?.name}`, run: () => note && open(note), when: () => note !== undefined },
    { key: "q", does: "Quote what is selected, or select with the arrow keys", run: () => press(wanted() as Field), when: () => quoting.length > 0 },
    { key: "Escape", does: "Leave a text field", run: () => (document.activeElement as HTMLElement | null)?.blur(), when: () => isTyping(document.activeElement) },
  ]);

  const marks = useMemo(() => marksOf(quoting, values), [values]);
  const reading = (name: string): ReadingProps => ({
    name,
    text: String(item[name] ?? ""),
    marks: [...(marks[name] ?? []), ...picker.marks(name)],
    select: quoting.some((f) => f.of === name) ? select : undefined,
  });
  const asked = (field: Field) => (
    <Asked
      key={field.name}
      field={field}
      desk={desk}
      now={keyed.several && keyed.here === field.name}
      picking={
        field.kind === "quote"
          ? { selected: selected?.name === field.of ? selected?.quote : undefined, take: () => press(field), byKeys: () => press(field) }
          : undefined
      }
    />
  );
  const shape = layout(work);
  const beside = shape.long ? form.show.filter((p) => !parts[p.kind]?.long) : [];
  const show = (list: typeof form.show) =>
    list.map((part, i) => {
      const View = parts[part.kind]?.View;
      return View ? <View key={i} part={part} reading={reading} /> : <p key={i}>This page is too old to show {part.kind}: load it again.</p>;
    });
  return (
    <>
      <main class={`task ${shape.long ? "long" : ""}`} ref={top} tabIndex={0} aria-label="Task" onFocusIn={keyed.follow}>
        <div class="shown">{show(form.show.filter((p) => !beside.includes(p)))}</div>
        {(beside.length > 0 || shape.inPage.length > 0) && (
          <div class="questions">
            {show(beside)}
            {shape.inPage.filter((f) => !isClosed(f)).map(asked)}
          </div>
        )}
      </main>
      <footer class="answer" onFocusIn={keyed.follow}>
        {shape.inBar.length > 0 && <div class="asked">{shape.inBar.filter((f) => !isClosed(f)).map(asked)}</div>}
        <Actions desk={desk} skip={skip}>
          {form.ask.filter(isClosed).map((f) => <Closed key={f.name} field={f} open={() => open(f)} noteKey={f === note} />)}
        </Actions>
      </footer>
      {picker.view}
    </>
  );
}

/** layout says which questions stand in the bar under the task, in reach at any time, and which in the page. */
function layout(work: Work): { long: boolean; inBar: Field[]; inPage: Field[] } {
  const long = work.form.show.some((p) => parts[p.kind]?.long);
  const short = (f: Field) => (fields[f.kind]?.digits?.(f) ?? 0) > 0 && (f.options ?? []).join("").length < 80;
  const required = work.form.ask.filter((f) => !f.optional);
  const fits = required.length <= 2 && required.every(short) && work.form.ask.length <= 3;
  return fits ? { long, inBar: work.form.ask, inPage: [] } : { long, inBar: [], inPage: work.form.ask };
}

function marksOf(quoting: Field[], values: Record<string, unknown>): Record<string, Marked[]> {
  const all: Record<string, Marked[]> = {};
  for (const f of quoting) {
    const of = f.of ?? "";
    all[of] = [...(all[of] ?? []), ...quotes(values[f.name]).map((q) => ({ start: q.start, end: q.end, look: "quoted" }))];
  }
  return all;
}

/** fieldId is the id of a field's element. */
export const fieldId = (name: string): string => `field-${name}`;

function focusField(name: string): void {
  const element = document.getElementById(fieldId(name));
  const control = element?.matches("input, textarea") ? element : element?.querySelector<HTMLElement>("input:checked, input, button");
  (control ?? element)?.focus();
}

/**
 * useDigits lets digits answer: the field that has the focus, or else the one that is next. After an answer
 * they go to the next field that has none; up and down choose another.
 */
function useDigits(desk: Desk, ask: Field[]) {
  const able = ask.filter((f) => (fields[f.kind]?.digits?.(f) ?? 0) > 0);
  const first = able.find((f) => desk.values.peek()[f.name] === undefined) ?? able[0];
  const [here, setHere] = useState(first?.name);
  const at = able.findIndex((f) => f.name === here);
  const field = able[at];
  const press = (digit: number) => {
    if (!field) return;
    const value = fields[field.kind]?.digit?.(field, desk.values.peek()[field.name], digit);
    if (value === undefined) return;
    desk.set(field.name, Array.isArray(value) && value.length === 0 ? undefined : value);
    const next = able.slice(at + 1).find((f) => desk.values.peek()[f.name] === undefined);
    if (next && !field.several) setHere(next.name);
  };
  const arrows = () => able.length > 1 && !["radio", "checkbox", "range"].includes((document.activeElement as HTMLInputElement | null)?.type ?? "");
  const most = Math.max(0, ...able.map((f) => fields[f.kind]?.digits?.(f) ?? 0));
  useKeys([
    ...Array.from({ length: 10 }, (_, digit) => ({
      key: String(digit),
      does: digit === 1 ? "Answer" : "",
      shown: most === 10 ? "1 … 9, 0" : `1 … ${most}`,
      run: () => press(digit),
      when: () => able.length > 0,
    })),
    { key: "ArrowDown", does: "Digits go to the next question", run: () => setHere(able[Math.min(able.length - 1, at + 1)]?.name), when: arrows },
    { key: "ArrowUp", does: "Digits go to the question before", run: () => setHere(able[Math.max(0, at - 1)]?.name), when: arrows },
  ]);
  const follow = (event: FocusEvent) => {
    const inside = able.find((f) => document.getElementById(fieldId(f.name))?.contains(event.target as Node));
    if (inside) setHere(inside.name);
  };
  return { here, several: able.length > 1, follow };
}
