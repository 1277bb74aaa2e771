import { useKeys } from "../core/keys";
import { closeToast, messages } from "../core/state";
import { Button } from "./Button";

const undoKey = { key: "z", ctrl: true };

/** Toasts are the messages at the edge of the page, each with what takes it back. */
export function Toasts() {
  const undo = () => {
    const last = messages.peek().findLast((m) => m.undo);
    if (!last) return;
    closeToast(last.id);
    last.undo?.();
  };
  useKeys([{ ...undoKey, does: "Undo what was just done", run: undo, when: () => messages.value.some((m) => m.undo) }]);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {messages.value.map((m) => (
        <div key={m.id} class={m.bad ? "toast bad" : "toast"}>
          <span>{m.says}</span>
          {m.undo && (
            <Button
              kind="quiet"
              shortcut={undoKey}
              onPress={() => {
                closeToast(m.id);
                m.undo?.();
              }}
            >
              Undo
            </Button>
          )}
          <Button kind="quiet" label="Close this message" onPress={() => closeToast(m.id)}>✕</Button>
        </div>
      ))}
    </div>
  );
}
