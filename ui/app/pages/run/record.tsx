import { Fields, Value } from "../../components";
import type { RunDetail } from "../../wire";
import { Kept } from "./kept";

/** Started is what a run was started with, and what it returned. */
export function Started({ run: r }: { run: RunDetail }) {
  return (
    <section class="columns" aria-label="Settings and result">
      <div>
        <h2>Settings</h2>
        <Fields of={{ ...r.params, ...("seed" in r.params ? {} : { seed: r.seed }) }} />
        <details>
          <summary>The script, {r.script}{r.hash && <> <code class="faint" title={`SHA-256 ${r.hash}`}>{r.hash.slice(0, 12)}</code></>}</summary>
          <pre class="script" tabIndex={0} aria-label="Script">{r.text}</pre>
        </details>
        <p class="faint">{[r.versions.binary && `workbench ${r.versions.binary}`, r.versions.runtime && `ONNX Runtime ${r.versions.runtime}`, r.versions.device].filter(Boolean).join(" · ")}</p>
      </div>
      <div>
        <h2>Result</h2>
        {r.result === null || r.result === undefined ? <p class="faint">Nothing yet: what run() returns stands here.</p> : <Value of={r.result} />}
        <Kept run={r} />
      </div>
    </section>
  );
}
