import type { ComponentChildren } from "preact";
import { title, type FieldProps } from "./kind";

/** Frame is what all fields have around them: their name, whether they may be left open, and what is wrong. */
export function Frame({ of, group, hint, children }: { of: FieldProps; group?: boolean; hint?: ComponentChildren; children: ComponentChildren }) {
  const { field, id, problem, now } = of;
  const name = (
    <>
      {now && <span class="here" aria-hidden="true">▸ </span>}
      {title(field)}
      {field.optional && <small class="faint"> optional</small>}
    </>
  );
  const says = (
    <div class="hints">
      {hint}
      {problem && <p class="problem" id={`${id}-problem`} role="alert">{problem}</p>}
    </div>
  );
  const mark = `field ${field.kind}${problem ? " wrong" : ""}`;
  if (group) {
    return (
      <fieldset class={mark} id={id} tabIndex={-1} aria-describedby={problem ? `${id}-problem` : undefined}>
        <legend>{name}</legend>
        {children}
        {says}
      </fieldset>
    );
  }
  return (
    <div class={mark}>
      <label for={id}>{name}</label>
      {children}
      {says}
    </div>
  );
}
