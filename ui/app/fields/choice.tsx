import type { Field } from "../wire";
import { Frame } from "./frame";
import type { FieldKind, FieldProps } from "./kind";

const picked = (value: unknown): string[] => (Array.isArray(value) ? (value as string[]) : typeof value === "string" ? [value] : []);

/** choose is the answer after an option was pressed: one of several is switched, and stays in the form's order. */
export function choose(field: Field, value: unknown, option: string): unknown {
  if (!field.several) return option;
  const before = picked(value);
  const after = (field.options ?? []).filter((o) => before.includes(o) !== (o === option));
  return after.length > 0 ? after : undefined;
}

function View(props: FieldProps) {
  const { field, id, value, set } = props;
  const options = field.options ?? [];
  return (
    <Frame of={props} group>
      <div class="options">
        {options.map((option, i) => (
          <label key={option} class="option" dir="auto">
            <input
              type={field.several ? "checkbox" : "radio"}
              name={id}
              checked={picked(value).includes(option)}
              onChange={() => set(choose(field, value, option))}
            />
            <span>
              {i < 10 && <kbd aria-hidden="true">{(i + 1) % 10}</kbd>}
              {option}
            </span>
          </label>
        ))}
      </div>
    </Frame>
  );
}

/** choice: one of some options, or several of them. */
export const choice: FieldKind = {
  View,
  digits: (field) => Math.min(10, field.options?.length ?? 0),
  digit: (field, value, digit) => {
    const option = field.options?.[(digit + 9) % 10];
    return option === undefined ? undefined : (choose(field, value, option) ?? []);
  },
  says: (_, value) => picked(value).join(", "),
};
