import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** Tied is what a control gets, so that its label, its help and its error are read with it. */
export interface Tied {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
}

interface Props {
  label: string;
  help?: ComponentChildren;
  error?: string; // what is wrong with what stands there
  children: (tied: Tied) => ComponentChildren;
}

/** Labelled is a control with its label, what it means, and what is wrong with it. */
export function Labelled({ label, help, error, children }: Props) {
  const id = useId();
  const described = [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(" ");
  const tied: Tied = { id };
  if (described) tied["aria-describedby"] = described;
  if (error) tied["aria-invalid"] = true;
  return (
    <div class="labelled">
      <label for={id}>{label}</label>
      {children(tied)}
      {error && <p class="wrong" id={`${id}-error`}>{error}</p>}
      {help && <p class="help" id={`${id}-help`}>{help}</p>}
    </div>
  );
}
