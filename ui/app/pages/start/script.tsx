import { useEffect } from "preact/hooks";
import { Button, Labelled, Notice } from "../../components";
import { post, words } from "../../core/api";
import type { Recipe, Script } from "../../wire";

/** Own is a script of one's own, and what its check found. */
export interface Own {
  text: string;
  checked: boolean; // since it was last changed
  found?: Recipe; // when it was last right
  wrong?: string;
}

interface Props {
  own: Own;
  what: "flow" | "run";
  set: (own: Own) => void;
}

const pause = 500; // milliseconds without typing before a script is checked

/** ScriptField takes a script that somebody writes or pastes, and checks it while they do. */
export function ScriptField({ own, what, set }: Props) {
  const check = async () => {
    const text = own.text;
    try {
      const found = await post<Recipe>("/api/check", { script: text } satisfies Script);
      set({ text, checked: true, found, ...(found[what] ? {} : { wrong: missing(what) }) });
    } catch (error) {
      set({ ...own, text, checked: true, wrong: words(error) });
    }
  };
  useEffect(() => {
    if (own.text.trim() === "" || own.checked) return;
    const timer = setTimeout(() => void check(), pause);
    return () => clearTimeout(timer);
  }, [own]);
  return (
    <>
      <Labelled label="Script" help={<>Starlark. Begin with a recipe's: <code>workbench recipe copy compare my.star</code>, or choose one above and edit it.</>}>
        {(tied) => (
          <textarea {...tied} class="code" rows={16} spellcheck={false} autocapitalize="off" value={own.text} onInput={(e) => set({ ...(own.found && { found: own.found }), text: e.currentTarget.value, checked: false })} />
        )}
      </Labelled>
      <div class="row">
        <Button onPress={() => void check()}>Check</Button>
        <span role="status">{own.checked && own.found && !own.wrong ? `✓ ${own.found.summary || "No mistakes found."}` : ""}</span>
      </div>
      {own.wrong && <Notice bad><pre class="text">{own.wrong}</pre></Notice>}
    </>
  );
}

const missing = (what: "flow" | "run"): string =>
  what === "flow"
    ? "This script has no flow(item), so nobody is asked anything. If it has run(), start it on the page Runs."
    : "This script has no run(), so it computes nothing. If it has flow(item), start it on the page Flows.";
