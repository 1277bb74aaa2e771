import type { ComponentChildren } from "preact";
import { named, type Binding } from "../core/keys";

interface Props {
  children: ComponentChildren;
  onPress?: () => void;
  shortcut?: Pick<Binding, "key" | "ctrl" | "shown">; // shown on the button; useKeys makes it act
  kind?: "plain" | "primary" | "danger" | "quiet";
  disabled?: boolean;
  busy?: boolean; // what it began is still under way
  pressed?: boolean; // of a button that switches something
  submit?: boolean;
  label?: string; // for those who don't see it, where the children are only a sign
}

/** Button does something, and shows its key. A link that looks like one is an <a class="button">. */
export function Button({ children, onPress, shortcut, kind = "plain", disabled, busy, pressed, submit, label }: Props) {
  return (
    <button
      type={submit ? "submit" : "button"}
      class={`button ${kind}`}
      onClick={onPress}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      aria-pressed={pressed}
      aria-label={label}
    >
      <span>{children}</span>
      {shortcut && <Key of={shortcut} />}
    </button>
  );
}

/** Key is the sign of a key. */
export function Key({ of }: { of: Pick<Binding, "key" | "ctrl" | "shown"> }) {
  return <kbd aria-hidden="true">{named(of)}</kbd>;
}
