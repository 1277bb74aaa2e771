import { Fields } from "../../components";
import { address } from "../../core/api";
import type { FlowDetail } from "../../wire";
import { Exports } from "../data/exports";
import { asksPeople } from "./plan";

/** Facts are what a flow records into, what it was started with, and its script. */
export function Facts({ flow: f }: { flow: FlowDetail }) {
  return (
    <section class="columns" aria-label="What it came from and what came of it">
      <div>
        <h2>Records</h2>
        {f.datasets.length === 0 ? (
          <p class="faint">Nothing yet. What the script gives to <code>record(…)</code> becomes a dataset.</p>
        ) : (
          <ul class="links">
            {f.datasets.map((name) => <li key={name}><a href={address("/data", name)}>{name}</a></li>)}
          </ul>
        )}
        {asksPeople(f) && <p>All answers to its questions, as people gave them: <Exports name="answers" flow={f.id} /></p>}
        <h2>Settings</h2>
        <Fields of={f.params} />
      </div>
      <details>
        <summary>The script it runs{f.recipe && `, from the recipe ${f.recipe}`}</summary>
        <pre class="script" tabIndex={0} aria-label="Script">{f.script}</pre>
      </details>
    </section>
  );
}
