import { Labelled, type Tied } from "../../components";
import type { Param } from "../../wire";
import type { Known } from "./known";
import { bounds, completions, toggled, typed } from "./params";

interface Props {
  of: Param;
  value: string;
  known: Known;
  error?: string;
  set: (value: string) => void;
}

/** Setting is a control for one param of a script, of its kind. */
export function Setting({ of: p, value, known, error, set }: Props) {
  const help = [p.help, bounds(p)].filter(Boolean).join(" · ");
  const more = { ...(help ? { help } : {}), ...(error ? { error } : {}) };
  return (
    <Labelled label={p.name} {...more}>
      {(tied) => <Control of={p} value={value} known={known[p.kind] ?? []} set={set} tied={tied} />}
    </Labelled>
  );
}

interface ControlProps {
  of: Param;
  value: string;
  known: string[];
  set: (value: string) => void;
  tied: Tied;
}

function Control({ of: p, value, known, set, tied }: ControlProps) {
  if (p.kind === "bool") return <Choice options={["true", "false"]} value={value} set={set} tied={tied} />;
  if (p.one_of?.length) return <Choice options={p.one_of.map(typed)} value={value} set={set} tied={tied} />;
  if (p.kind === "int" || p.kind === "float") return <input {...tied} inputMode="decimal" autocomplete="off" value={value} onInput={(e) => set(e.currentTarget.value)} />;
  return <Name of={p} value={value} known={known} set={set} tied={tied} />;
}

function Choice({ options, value, set, tied }: { options: string[]; value: string; set: (value: string) => void; tied: Tied }) {
  return (
    <select {...tied} value={value} onChange={(e) => set(e.currentTarget.value)}>
      {options.map((one) => (
        <option key={one}>{one}</option>
      ))}
    </select>
  );
}

const shownAtOnce = 8; // names below a field; the rest come while typing

/** Name is a text, completed from the names that there are; a few of them can be pressed. */
function Name({ of: p, value, known, set, tied }: ControlProps) {
  const several = p.several ?? false;
  const chosen = several ? value.split(",").map((part) => part.trim()) : [value];
  return (
    <>
      <input {...tied} list={known.length > 0 ? `${tied.id}-known` : undefined} autocomplete="off" spellcheck={false} value={value} onInput={(e) => set(e.currentTarget.value)} />
      {known.length > 0 && (
        <>
          <datalist id={`${tied.id}-known`}>
            {completions(value, known, several).map((name) => <option key={name} value={name} />)}
          </datalist>
          <div class="chips" role="group" aria-label={`Names for ${p.name}`}>
            {known.slice(0, shownAtOnce).map((name) => (
              <button key={name} type="button" class="chip" aria-pressed={chosen.includes(name)} onClick={() => set(several ? toggled(value, name) : name)}>
                {name}
              </button>
            ))}
          </div>
        </>
      )}
      {known.length === 0 && p.kind === "dataset" && <p class="help">There are no data yet: <a href="/data">import a file</a> first.</p>}
    </>
  );
}
