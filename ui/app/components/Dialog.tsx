import type { ComponentChildren } from "preact";
import { useLayoutEffect, useId, useRef } from "preact/hooks";
import { useKeys } from "../core/keys";
import { Button } from "./Button";

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  actions?: ComponentChildren; // buttons, the one that is wanted most last
  side?: boolean; // a panel at the edge: what lies beside it can still be read
}

/** Dialog is above everything else until it is closed; Esc closes it, and the focus goes back where it was. */
export function Dialog({ title, onClose, children, actions, side }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const top = useRef<HTMLHeadingElement>(null);
  const heading = useId();
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const shown = dialog.current;
    shown?.showModal();
    if (!dialog.current?.querySelector("[autofocus]")) top.current?.focus(); // not the button that closes it
    return () => {
      shown?.close(); // while it is open, nothing else takes the focus
      before?.focus?.();
    };
  }, []);
  useKeys([{ key: "Escape", does: "Close", run: onClose }], true);
  return (
    <dialog
      ref={dialog}
      class={side ? "side" : undefined}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div class="dialog">
        <header>
          <h2 id={heading} ref={top} tabIndex={-1}>{title}</h2>
          <Button kind="quiet" onPress={onClose} shortcut={{ key: "Escape" }}>Close</Button>
        </header>
        <div class="body">{children}</div>
        {actions && <footer>{actions}</footer>}
      </div>
    </dialog>
  );
}
