import { Fields, Value } from "../../components";
import { address } from "../../core/api";
import { bytes } from "../../core/text";
import { useGet } from "../../core/use";
import type { Cited, DatasetRow, RunDetail } from "../../wire";

/** Inputs are what something read, with the content that it found. */
export function Inputs({ of }: { of: Cited[] }) {
  if (of.length === 0) return <p class="faint">Nothing was read.</p>;
  return (
    <ul class="links">
      {of.map((c) => (
        <li key={`${c.kind} ${c.name}`}>
          <small class="faint">{c.kind}</small> <Named of={c} /> {c.sha256 && <code class="faint" title={`SHA-256 ${c.sha256}`}>{c.sha256.slice(0, 12)}</code>}
        </li>
      ))}
    </ul>
  );
}

/** Named is a link where there is a page: data of a run are cited by the names of their files. */
function Named({ of: c }: { of: Cited }) {
  const data = useGet<DatasetRow[]>("/api/datasets").value ?? [];
  if (c.kind === "model") return <a href={address("/models", c.name)}>{c.name}</a>;
  const set = data.find((d) => [c.name, withoutEnding(c.name)].includes(d.name));
  if (c.kind === "dataset" && set) return <a href={address("/data", set.name)}>{c.name}</a>;
  return <>{c.name}</>;
}

const withoutEnding = (file: string): string => file.replace(/(\.[a-z]+)(\.gz)?$/i, "");

/** Lineage is what a run came from and what came of it. */
export function Lineage({ run: r }: { run: RunDetail }) {
  return (
    <section class="columns" aria-label="What it came from and what came of it">
      <div>
        <h2>Came from</h2>
        <Inputs of={r.inputs} />
        <h2>Settings</h2>
        <Fields of={{ ...r.params, ...("seed" in r.params ? {} : { seed: r.seed }) }} />
        <details>
          <summary>The script, {r.script}</summary>
          <pre class="script" tabIndex={0} aria-label="Script">{r.text}</pre>
        </details>
      </div>
      <div>
        <h2>Came of it</h2>
        {r.models.length === 0 ? (
          <p class="faint">No model is kept yet. What the script gives to <code>checkpoint(…)</code> becomes one.</p>
        ) : (
          <ul class="links">{r.models.map((m) => <li key={m}><small class="faint">model</small> <a href={address("/models", m)}>{m}</a></li>)}</ul>
        )}
        {r.result !== null && r.result !== undefined && (
          <>
            <h2>Result</h2>
            <Value of={r.result} />
          </>
        )}
        {r.peak_bytes > 0 && <p class="faint">At most {bytes(r.peak_bytes)} of memory.</p>}
      </div>
    </section>
  );
}
