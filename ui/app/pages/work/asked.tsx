import { Button } from "../../components";
import type { Desk } from "../../core/desk";
import { fields } from "../../fields/catalog";
import { title, type Picking } from "../../fields/kind";
import type { Field } from "../../wire";
import { fieldId } from "./task";

interface Props {
  field: Field;
  desk: Desk;
  now: boolean; // digits go here
  picking?: Picking;
}

/** Asked is one question. */
export function Asked({ field, desk, now, picking }: Props) {
  const value = desk.values.value[field.name];
  const View = fields[field.kind]?.View;
  if (!View) return <p>This page is too old to ask for {field.kind}: load it again.</p>;
  const problem = desk.problems.value.find((p) => p.field === field.name)?.says;
  return (
    <View
      field={field}
      id={fieldId(field.name)}
      value={value}
      set={(changed) => desk.set(field.name, changed)}
      problem={problem}
      now={now}
      picking={picking}
    />
  );
}

/** Closed is a text that need not be written: a button, until somebody wants to. */
export function Closed({ field, open, noteKey }: { field: Field; open: () => void; noteKey: boolean }) {
  return <Button shortcut={noteKey ? { key: "n" } : undefined} onPress={open}>{`${title(field)}…`}</Button>;
}

/** noteOf is the text that need not be written: where N leads. */
export const noteOf = (ask: Field[]): Field | undefined =>
  ask.find((f) => f.kind === "longtext" && f.optional) ?? ask.find((f) => f.kind === "longtext");
