import { useRef, useState } from "preact/hooks";
import { Button } from "./Button";
import { Labelled } from "./Labelled";

/** Secret shows something once, to be copied. */
export function Secret({ label, text, help }: { label: string; text: string; help: string }) {
  const input = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState("");
  const copy = async () => {
    input.current?.select();
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied.");
    } catch {
      setSaid("It is selected: copy it with Ctrl C."); // without TLS a page may not write there
    }
  };
  return (
    <Labelled label={label} help={help}>
      {(tied) => (
        <div class="joined">
          <input ref={input} {...tied} readOnly value={text} onFocus={(e) => e.currentTarget.select()} />
          <Button kind="primary" onPress={() => void copy()}>Copy</Button>
          <span role="status">{said}</span>
        </div>
      )}
    </Labelled>
  );
}
