import { Labelled } from "../../components";
import { load, shelf, store } from "../../core/shelf";

export const start = { a: "", b: "", blind: load<boolean>(shelf, "workbench.blind") ?? true, prompt: "", system: "", temperature: "0.7", max_tokens: "128", dataset: "comparisons" };

/** Typed is what was chosen and typed. */
export type Typed = typeof start;

interface Props {
  form: Typed;
  set: (to: Partial<Typed>) => void;
}

/** Who chooses the two models, and whether it is hidden which of them says what. */
export function Who({ form, set, names }: Props & { names: string[] }) {
  return (
    <div class="controls who">
      {(["a", "b"] as const).map((which) => (
        <Labelled key={which} label={which === "a" ? "One model" : "The other"}>
          {(tied) => (
            <select {...tied} value={form[which]} onChange={(e) => set({ [which]: e.currentTarget.value })}>
              {names.map((name) => <option key={name}>{name}</option>)}
            </select>
          )}
        </Labelled>
      ))}
      <label class="check">
        <input type="checkbox" checked={form.blind} onChange={(e) => (store(shelf, "workbench.blind", e.currentTarget.checked), set({ blind: e.currentTarget.checked }))} />
        Blind: names are hidden until you vote, and sides are drawn
      </label>
    </div>
  );
}

/** Options are how both write, and where votes go. */
export function Options({ form, set }: Props) {
  const short = (label: string, name: "temperature" | "max_tokens") => (
    <Labelled label={label}>{(tied) => <input {...tied} inputMode="decimal" autocomplete="off" value={form[name]} onInput={(e) => set({ [name]: e.currentTarget.value })} />}</Labelled>
  );
  return (
    <details class="options">
      <summary>Settings</summary>
      <div class="settings">
        <div class="numbers">
          {short("Temperature", "temperature")}
          {short("Most tokens", "max_tokens")}
        </div>
        <Labelled label="System message">{(tied) => <textarea {...tied} rows={2} dir="auto" value={form.system} onInput={(e) => set({ system: e.currentTarget.value })} />}</Labelled>
        <Labelled label="Votes go into" help="a dataset of comparisons; Learn from these teaches from it">
          {(tied) => <input {...tied} autocomplete="off" spellcheck={false} value={form.dataset} onInput={(e) => set({ dataset: e.currentTarget.value })} />}
        </Labelled>
      </div>
    </details>
  );
}
