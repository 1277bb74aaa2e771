import { useState } from "preact/hooks";
import { Key } from "../../components";
import { useKeys } from "../../core/keys";
import type { Marked, Range } from "../../core/marks";
import { move, range, words, type Pick } from "../../core/pick";
import { cut } from "../../core/text";
import type { Quote } from "../../fields/kind";

interface Picked {
  name: string; // of the item's field
  text: string;
  all: Range[];
  pick: Pick;
  take: (quote: Quote) => void;
}

/** usePicker selects a stretch of a text with the arrow keys. */
export function usePicker() {
  const [state, setState] = useState<Picked>();
  const picked = state && range(state.all, state.pick);
  return {
    begin(name: string, text: string, take: (quote: Quote) => void) {
      const all = words(text);
      (document.activeElement as HTMLElement | null)?.blur(); // Enter is ours now, not a button's
      if (all.length > 0) setState({ name, text, all, pick: { from: 0, to: 0 }, take });
    },
    marks: (name: string): Marked[] => (state?.name === name && picked ? [{ ...picked, look: "pick" }] : []),
    view: state && picked && (
      <Keys
        state={state}
        picked={{ ...picked, text: cut(state.text, picked.start, picked.end) }}
        change={(pick) => setState({ ...state, pick })}
        close={() => setState(undefined)}
      />
    ),
  };
}

function Keys({ state, picked, change, close }: { state: Picked; picked: Quote; change: (pick: Pick) => void; close: () => void }) {
  const go = (event: KeyboardEvent) => change(move(state.text, state.all, state.pick, event.key, event.shiftKey));
  const take = () => {
    close();
    state.take(picked);
  };
  useKeys(
    [
      { key: "ArrowRight", does: "Next word", run: go },
      { key: "ArrowLeft", does: "Word before", run: go },
      { key: "ArrowDown", does: "Next sentence", run: go },
      { key: "ArrowUp", does: "Sentence before", run: go },
      { key: "Home", does: "First word", run: go },
      { key: "End", does: "Last word", run: go },
      { key: "Enter", does: "Quote this", run: take },
      { key: "Escape", does: "Leave", run: close },
    ],
    true,
  );
  return (
    <div class="picker" role="dialog" aria-label="Select with the arrow keys">
      <p aria-live="polite" dir="auto">{picked.text}</p>
      <p class="row faint">
        <Key of={{ key: "ArrowLeft" }} /><Key of={{ key: "ArrowRight" }} /> word
        <Key of={{ key: "ArrowUp" }} /><Key of={{ key: "ArrowDown" }} /> sentence
        <Key of={{ key: "Shift" }} /> longer
        <Key of={{ key: "Enter" }} /> quote
        <Key of={{ key: "Escape" }} /> leave
      </p>
    </div>
  );
}
