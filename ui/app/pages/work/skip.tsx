import { useState } from "preact/hooks";
import { Button, Dialog } from "../../components";
import type { Desk } from "../../core/desk";
import { useKeys } from "../../core/keys";

const reasons = ["I can't decide", "Something is broken or missing", "I lack the language or the knowledge", "I'd rather not read this", "Something else"];

/** Skip asks why a task is given back. Others get it then. */
export function Skip({ desk, onClose }: { desk: Desk; onClose: () => void }) {
  const [chosen, setChosen] = useState<number>();
  const [words, setWords] = useState("");
  const other = chosen === reasons.length - 1;
  const reason = other ? words.trim() : chosen === undefined ? "" : reasons[chosen];
  const skip = () => {
    if (!reason) return;
    desk.skip(reason);
    onClose();
  };
  useKeys([
    ...reasons.map((why, i) => ({ key: String(i + 1), does: why, run: () => setChosen(i) })),
    { key: "Enter", does: "Skip", run: skip },
    { key: "Enter", ctrl: true, does: "", run: skip },
  ]);
  return (
    <Dialog
      title="Why skip it?"
      onClose={onClose}
      actions={<Button kind="primary" shortcut={{ key: "Enter", ctrl: other }} disabled={!reason} onPress={skip}>Skip</Button>}
    >
      <p class="faint">Others will get this task; you won't see it again.</p>
      <fieldset class="options column">
        <legend class="hidden">Reason</legend>
        {reasons.map((why, i) => (
          <label key={why} class="option">
            <input type="radio" name="reason" checked={chosen === i} onChange={() => setChosen(i)} />
            <span><kbd aria-hidden="true">{i + 1}</kbd>{why}</span>
          </label>
        ))}
      </fieldset>
      {other && (
        <label>
          In your words
          <textarea autofocus dir="auto" rows={2} maxLength={1000} value={words} onInput={(e) => setWords(e.currentTarget.value)} />
        </label>
      )}
    </Dialog>
  );
}
