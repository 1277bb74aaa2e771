import { Fields, Time, Value } from "../../components";
import { address } from "../../core/api";
import { duration } from "../../core/text";
import type { Field, Form, Quote, StoryAnswer } from "../../wire";

/** Answers are what people said to a question, one card each. */
export function Answers({ form, answers }: { form: Form | undefined; answers: StoryAnswer[] }) {
  return (
    <ul class="answers">
      {answers.map((a) => (
        <li key={a.id} class={a.undone ? "gone" : undefined}>
          <p class="byline">
            <strong>{a.person}</strong>
            <span>{duration(a.seconds)}</span>
            <a href={address("/answers", a.id)}><Time at={a.time} /></a>
            {a.late && <span class="tag">late</span>}
            {a.undone && <span class="tag">taken back</span>}
          </p>
          <Said form={form} values={a.values} />
        </li>
      ))}
    </ul>
  );
}

/** Said is what an answer says, question by question. */
export function Said({ form, values }: { form: Form | undefined; values: unknown }) {
  const said = (values ?? {}) as Record<string, unknown>;
  if (!form) return <Fields of={said} />;
  return (
    <dl class="fields">
      {form.ask.map((f) => (
        <div key={f.name}>
          <dt>{f.label || f.name}</dt>
          <dd><One field={f} value={said[f.name]} /></dd>
        </div>
      ))}
    </dl>
  );
}

function One({ field: f, value }: { field: Field; value: unknown }) {
  if (value === undefined || value === null) return <span class="faint">left open</span>;
  if (f.kind === "scale" && typeof value === "number") return <Point field={f} value={value} />;
  if (f.kind === "quote") return <>{(Array.isArray(value) ? value : [value]).map((q: Quote, i) => <blockquote key={i} title={`Characters ${q.start} to ${q.end} of ${f.of ?? "the text"}`}><mark class="text" dir="auto">{q.text}</mark></blockquote>)}</>;
  if (Array.isArray(value) && value.every((v) => typeof v === "string")) return <>{value.join(", ")}</>;
  return <Value of={value} />;
}

/** Point is a place on a scale: the number, what it is out of, and which end is near. */
function Point({ field: f, value }: { field: Field; value: number }) {
  const points = f.points ?? 0;
  const middle = (points + 1) / 2;
  const end = value < middle ? f.left : value > middle ? f.right : "";
  return (
    <span class="rating">
      <b>{value}</b> of {points}
      {points <= 15 && (
        <span class="dots" aria-hidden="true">
          {Array.from({ length: points }, (_, i) => (i + 1 === value ? "●" : "○")).join("")}
        </span>
      )}
      {end && <small class="faint">towards “{end}”</small>}
    </span>
  );
}

/** Item is what a question showed, by the parts of its form. */
export function Item({ form, item }: { form: Form | undefined; item: unknown }) {
  const all = (item ?? {}) as Record<string, unknown>;
  const names = form?.show.flatMap((part) => part.fields) ?? Object.keys(all);
  return <Fields of={Object.fromEntries(names.map((name) => [name, all[name]]))} />;
}
