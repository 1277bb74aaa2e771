import { Fields, Value } from "../../components";
import { bytes } from "../../core/text";
import type { RunDetail } from "../../wire";

/** Started is what a run was started with, and what it returned. */
export function Started({ run: r }: { run: RunDetail }) {
  return (
    <section class="columns" aria-label="Settings and result">
      <div>
        <h2>Settings</h2>
        <Fields of={{ ...r.params, ...("seed" in r.params ? {} : { seed: r.seed }) }} />
        <details>
          <summary>The script, {r.script}</summary>
          <pre class="script" tabIndex={0} aria-label="Script">{r.text}</pre>
        </details>
      </div>
      <div>
        <h2>Result</h2>
        {r.result === null || r.result === undefined ? <p class="faint">Nothing yet: what run() returns stands here.</p> : <Value of={r.result} />}
        {r.peak_bytes > 0 && <p class="faint">At most {bytes(r.peak_bytes)} of memory.</p>}
      </div>
    </section>
  );
}
