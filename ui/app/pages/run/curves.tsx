import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Button, Labelled, Table, type Column } from "../../components";
import { useKeys } from "../../core/keys";
import { precise } from "../../core/text";
import { useGet } from "../../core/use";
import { Chart, Stroke } from "../../plots/chart";
import { distinct, overlaid, type Group } from "../../plots/overlay";
import { grid, unitOf } from "../../plots/series";
import { runName } from "../flow/plan";
import { useRuns } from "./live";
import type { MetricSeries, RunDetail, RunSummary } from "../../wire";

const widest = 8; // the slider's end: a window of 2⁸ steps

/** Curves draws the metrics of a run, a chart each; another run can be laid over. */
export function Curves({ run, metrics }: { run: RunDetail; metrics: MetricSeries[] }) {
  const [beside, setBeside] = useState("");
  if (metrics.length === 0) return <p class="faint">No metric yet. What the script gives to <code>log(…)</code> is drawn here, a chart a metric.</p>;
  const choice = <Beside run={run} chosen={beside} choose={setBeside} />;
  if (beside) return <Pair run={run} other={beside} metrics={metrics}>{choice}</Pair>;
  return <Plots groups={metrics.map((m) => ({ name: m.name, curves: [m] }))}>{choice}</Plots>;
}

/** Plots draws groups of curves, or lists their numbers, with the controls of how. */
export function Plots({ groups, children }: { groups: Group[]; children?: ComponentChildren }) {
  const [power, setPower] = useState(0);
  const [log, setLog] = useState(false);
  const [table, setTable] = useState(false);
  useKeys([
    { key: "l", does: "Logarithmic axis", run: () => setLog(!log) },
    { key: "t", does: "Curves as a table", run: () => setTable(!table) },
  ]);
  const window = 2 ** power;
  return (
    <section aria-label="Curves">
      <div class="controls">
        <Labelled label={`Smoothing: ${window === 1 ? "none" : `mean over ${window} steps`}`}>
          {(tied) => <input {...tied} type="range" min={0} max={widest} value={power} onInput={(e) => setPower(Number(e.currentTarget.value))} />}
        </Labelled>
        {children}
        <Button pressed={log} onPress={() => setLog(!log)} shortcut={{ key: "l" }}>Log axis</Button>
        <Button pressed={table} onPress={() => setTable(!table)} shortcut={{ key: "t" }}>Table</Button>
      </div>
      {table ? (
        <Numbers metrics={groups} />
      ) : (
        <div class="charts">
          {groups.map((m) => <Chart key={m.name} title={m.name} x="step" y={unitOf(m.name)} curves={m.curves} smooth={window} log={log} />)}
        </div>
      )}
    </section>
  );
}

/** Beside chooses another run whose curves are drawn over this one's. */
function Beside({ run, chosen, choose }: { run: RunDetail; chosen: string; choose: (id: string) => void }) {
  const runs = useGet<RunSummary[]>("/api/runs").value ?? [];
  const others = runs.filter((r) => r.id !== run.id).toSorted((a, b) => Number(b.script === run.script) - Number(a.script === run.script));
  if (others.length === 0) return null;
  return (
    <Labelled label="Beside">
      {(tied) => (
        <select {...tied} value={chosen} onChange={(e) => choose(e.currentTarget.value)}>
          <option value="">no other run</option>
          {others.map((r) => <option key={r.id} value={r.id}>{runName(r)} {new Date(r.started).toLocaleDateString()}</option>)}
        </select>
      )}
    </Labelled>
  );
}

function Pair({ run, other, metrics, children }: { run: RunDetail; other: string; metrics: MetricSeries[]; children: ComponentChildren }) {
  const [theirs] = useRuns([other]);
  const names = distinct([runName(run), theirs?.run ? runName(theirs.run) : "the other"]);
  return (
    <>
      <p class="legend"><Stroke n={0} /> {names[0]} <Stroke n={1} /> {names[1]}</p>
      <Plots groups={overlaid(names, [metrics, theirs?.metrics ?? []]).filter((g) => metrics.some((m) => m.name === g.name))}>{children}</Plots>
    </>
  );
}

const atOnce = 100; // rows

function Numbers({ metrics }: { metrics: Group[] }) {
  const [most, setMost] = useState(atOnce);
  const lines = metrics.flatMap((m) => m.curves.map((c) => ({ ...c, title: m.curves.length > 1 ? `${m.name}, ${c.name}` : m.name, unit: unitOf(m.name) })));
  const g = grid(lines);
  const rows = g.steps.map((step, i) => ({ step, i })).toReversed();
  const columns: Column<{ step: number; i: number }>[] = [
    { title: "step", cell: (r) => r.step, sort: (r) => r.step, end: true },
    ...lines.map((line, at) => ({
      title: line.unit ? `${line.title} (${line.unit})` : line.title,
      cell: (r: { i: number }) => valueOf(g.columns[at]?.[r.i]),
      sort: (r: { i: number }) => g.columns[at]?.[r.i] ?? -Infinity,
      end: true,
    })),
  ];
  return (
    <>
      <Table label="Metrics by step" columns={columns} rows={rows.slice(0, most)} id={(r) => String(r.step)} />
      {rows.length > most && <Button onPress={() => setMost(most * 4)}>More of {rows.length} steps</Button>}
    </>
  );
}

const valueOf = (v: number | null | undefined): string => (v === null || v === undefined ? "–" : precise(v));
