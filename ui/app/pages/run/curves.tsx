import { useState } from "preact/hooks";
import { Button, Labelled, Table, type Column } from "../../components";
import { useKeys } from "../../core/keys";
import { precise } from "../../core/text";
import { useGet } from "../../core/use";
import { Chart, type Curve, Stroke } from "../../plots/chart";
import { grid, unitOf } from "../../plots/series";
import { runName } from "../flow/plan";
import type { MetricSeries, RunDetail, RunSummary } from "../../wire";

const widest = 8; // the slider's end: a window of 2⁸ steps

/** Curves draws the metrics of a run, a chart each; another run can be laid over. */
export function Curves({ run, metrics }: { run: RunDetail; metrics: MetricSeries[] }) {
  const [power, setPower] = useState(0);
  const [log, setLog] = useState(false);
  const [table, setTable] = useState(false);
  const [beside, setBeside] = useState("");
  useKeys([
    { key: "l", does: "Logarithmic axis", run: () => setLog(!log) },
    { key: "t", does: "Curves as a table", run: () => setTable(!table) },
  ]);
  const window = 2 ** power;
  if (metrics.length === 0) return <p class="faint">No metric yet. What the script gives to <code>log(…)</code> is drawn here, a chart a metric.</p>;
  return (
    <section aria-label="Curves">
      <div class="controls">
        <Labelled label={`Smoothing: ${window === 1 ? "none" : `mean over ${window} steps`}`}>
          {(tied) => <input {...tied} type="range" min={0} max={widest} value={power} onInput={(e) => setPower(Number(e.currentTarget.value))} />}
        </Labelled>
        <Beside run={run} chosen={beside} choose={setBeside} />
        <Button pressed={log} onPress={() => setLog(!log)} shortcut={{ key: "l" }}>Log axis</Button>
        <Button pressed={table} onPress={() => setTable(!table)} shortcut={{ key: "t" }}>Table</Button>
      </div>
      {beside ? (
        <Pair run={run} other={beside} metrics={metrics} window={window} log={log} table={table} />
      ) : (
        <Drawn metrics={metrics.map((m) => ({ name: m.name, curves: [m] }))} window={window} log={log} table={table} />
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

interface Group {
  name: string;
  curves: Curve[];
}

function Pair({ run, other, metrics, ...how }: { run: RunDetail; other: string; metrics: MetricSeries[] } & How) {
  const found = useGet<MetricSeries[]>(`/api/runs/${encodeURIComponent(other)}/metrics?from=0`);
  const theirs = useGet<RunDetail>(`/api/runs/${encodeURIComponent(other)}`).value;
  const names = [runName(run), theirs ? runName(theirs) : "the other"] as const;
  const [mine, others] = names[0] === names[1] ? [`${names[0]} (this)`, `${names[1]} (other)`] : names;
  const groups: Group[] = metrics.map((m) => {
    const same = found.value?.find((o) => o.name === m.name);
    return { name: m.name, curves: [{ ...m, name: mine }, ...(same ? [{ ...same, name: others }] : [])] };
  });
  return (
    <>
      <p class="legend"><Stroke n={0} /> {mine} <Stroke n={1} /> {others}</p>
      <Drawn metrics={groups} {...how} />
    </>
  );
}

interface How {
  window: number;
  log: boolean;
  table: boolean;
}

function Drawn({ metrics, window, log, table }: { metrics: Group[] } & How) {
  if (table) return <Numbers metrics={metrics} />;
  return (
    <div class="charts">
      {metrics.map((m) => <Chart key={m.name} title={m.name} x="step" y={unitOf(m.name)} curves={m.curves} smooth={window} log={log} />)}
    </div>
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
