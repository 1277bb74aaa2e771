import { useState } from "preact/hooks";
import { Button, Labelled, Loading, Table, columnsOf, fieldsOf, numbered } from "../../components";
import { address } from "../../core/api";
import { plural } from "../../core/text";
import { useGet } from "../../core/use";
import type { RunDetail, SampleRows } from "../../wire";

/** Samples shows the tables of samples that a run logged, by step; the newest until another is chosen. */
export function Samples({ run }: { run: RunDetail }) {
  const names = [...new Set(run.tables.map((t) => t.name))];
  const [chosen, setChosen] = useState<string>();
  const [picked, setPicked] = useState<number>(); // undefined: follow the newest
  const name = chosen ?? names[0];
  if (name === undefined) return <p class="faint">No samples yet. What the script gives to <code>log(samples = …)</code> is kept here, a table a step.</p>;
  const steps = run.tables.filter((t) => t.name === name).map((t) => t.step).toSorted((a, b) => a - b);
  const step = picked !== undefined && steps.includes(picked) ? picked : (steps.at(-1) ?? 0);
  const at = steps.indexOf(step);
  return (
    <section aria-label="Samples">
      <div class="controls">
        <h2>Samples</h2>
        {names.length > 1 && (
          <Labelled label="Table">
            {(tied) => <select {...tied} value={name} onChange={(e) => setChosen(e.currentTarget.value)}>{names.map((n) => <option key={n}>{n}</option>)}</select>}
          </Labelled>
        )}
        <Labelled label="At step">
          {(tied) => (
            <select {...tied} value={String(step)} onChange={(e) => setPicked(Number(e.currentTarget.value))}>
              {steps.map((s) => <option key={s} value={String(s)}>{s}</option>)}
            </select>
          )}
        </Labelled>
        <Button disabled={at <= 0} onPress={() => setPicked(steps[at - 1])}>Earlier</Button>
        <Button disabled={at >= steps.length - 1} onPress={() => setPicked(at + 1 === steps.length - 1 ? undefined : steps[at + 1])}>Later</Button>
        {picked === undefined && run.status === "running" && <small class="faint">follows the run</small>}
      </div>
      <Rows run={run.id} table={name} step={step} />
    </section>
  );
}

function Rows({ run, table, step }: { run: string; table: string; step: number }) {
  const rows = useGet<SampleRows>(`${address("/api/runs", run)}/samples?${new URLSearchParams({ table, step: String(step) })}`);
  return (
    <Loading of={rows} what="the samples">
      {(found) => {
        const all = numbered(found.rows);
        return (
          <>
            <p class="faint">{plural(all.length, "row")} at step {found.step}</p>
            <Table texts key={table} label={`Samples at step ${found.step}`} columns={columnsOf(found.rows, fieldsOf(found.rows))} rows={all} id={(r) => String(r.number)} />
          </>
        );
      }}
    </Loading>
  );
}
