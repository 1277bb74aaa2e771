import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Button } from "../../components";
import type { Desk } from "../../core/desk";
import { isTyping } from "../../core/keys";
import { number } from "../../core/text";

/** Actions is what can be done with a task, each with its key, and what came of the last thing that was done. */
export function Actions({ desk, skip, children }: { desk: Desk; skip: () => void; children: ComponentChildren }) {
  const typing = useTyping();
  const busy = desk.pending.value !== undefined;
  const waiting = desk.work.value?.waiting ?? 0;
  return (
    <div class="actions">
      <Happened desk={desk} />
      {waiting > 0 && <small class="faint waiting">{number(waiting)} more</small>}
      {children}
      {desk.canUndo.value && <Button kind="quiet" shortcut={{ key: "u" }} disabled={busy} onPress={() => desk.undo()}>Undo</Button>}
      <Button shortcut={{ key: "s" }} disabled={busy} onPress={skip}>Skip</Button>
      <Button kind="primary" shortcut={{ key: "Enter", ctrl: typing }} disabled={busy} onPress={() => desk.send()}>Send</Button>
    </div>
  );
}

/** Happened says what came of the last thing that was done. */
export function Happened({ desk }: { desk: Desk }) {
  const note = desk.note.value;
  const sent = desk.sent.value;
  const time = sent && new Date(sent.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return (
    <p class={note?.bad ? "happened bad" : "happened"} role="status">
      {note ? note.says : sent ? `✓ Saved ${time}` : ""}
    </p>
  );
}

/** useTyping says whether keys are text now: then Enter alone does not send. */
function useTyping(): boolean {
  const [typing, setTyping] = useState(false);
  useEffect(() => {
    const look = () => setTyping(isTyping(document.activeElement));
    document.addEventListener("focusin", look);
    document.addEventListener("focusout", look);
    return () => {
      document.removeEventListener("focusin", look);
      document.removeEventListener("focusout", look);
    };
  }, []);
  return typing;
}
