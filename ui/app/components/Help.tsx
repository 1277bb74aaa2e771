import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { listed, useKeys } from "../core/keys";
import { look } from "../core/state";
import { Key } from "./Button";
import { Dialog } from "./Dialog";

const shown = signal(false);

/** showHelp opens the list of keys. */
export const showHelp = (): void => void (shown.value = true);

/** Help is the overlay that lists all keys which work here. */
export function Help() {
  useKeys([{ key: "?", does: "All keys", run: showHelp }]);
  return shown.value ? <Keys onClose={() => (shown.value = false)} /> : null;
}

function Keys({ onClose }: { onClose: () => void }) {
  const [keys] = useState(() => listed()); // of the page, before this dialog hides them
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {keys.map((b) => (
          <div key={`${b.key}${b.ctrl}${b.does}`}>
            <dt><Key of={b} /></dt>
            <dd>{b.does}</dd>
          </div>
        ))}
        <div>
          <dt><Key of={{ key: "Tab" }} /></dt>
          <dd>Go to the next control</dd>
        </div>
      </dl>
      <label class="check">
        <input type="checkbox" checked={look.value.letters} onChange={(e) => (look.value = { ...look.peek(), letters: e.currentTarget.checked })} />
        Keys of a single letter or digit act. Switch this off if you dictate.
      </label>
    </Dialog>
  );
}
