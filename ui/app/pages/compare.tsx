import { Button, Empty, Notice, Page, Status, Table, Value, type Column } from "../components";
import { address } from "../core/api";
import { go, place } from "../core/router";
import { Stroke } from "../plots/chart";
import { distinct, overlaid } from "../plots/overlay";
import type { RunDetail } from "../wire";
import { runName } from "./flow/plan";
import { results, settings, type Line } from "./run/beside";
import { Plots } from "./run/curves";
import { useRuns } from "./run/live";
import { most, toCompare } from "./run/several";

/** Compare shows runs side by side: their curves in the same charts, what differs in their settings, and what came of them. */
export default function Compare() {
  const ids = (new URLSearchParams(place.value.query).get("runs") ?? "").split(",").filter(Boolean).slice(0, most);
  const known = useRuns(ids);
  const runs = known.flatMap((k) => (k.run ? [k.run] : []));
  const wrong = known.flatMap((k) => (k.error ? [k.error] : []));
  return (
    <Page title={ids.length > 0 ? `${ids.length} runs side by side` : "Runs side by side"} back={{ href: "/runs", title: "Runs" }}>
      {wrong.map((says) => <Notice key={says} bad>{says}</Notice>)}
      {ids.length === 0 ? (
        <Empty title="No run is chosen" action={<a class="button" href="/runs">Choose some</a>}>Mark the runs in the list, then press Compare: their curves are drawn into the same charts, and settings that differ and results stand side by side.</Empty>
      ) : runs.length < ids.length - wrong.length ? (
        <p class="faint">Loading the runs…</p>
      ) : (
        <Beside ids={ids} runs={runs} metrics={known.filter((k) => k.run).map((k) => k.metrics)} />
      )}
    </Page>
  );
}

function Beside({ ids, runs, metrics }: { ids: string[]; runs: RunDetail[]; metrics: ReturnType<typeof useRuns>[number]["metrics"][] }) {
  const names = distinct(runs.map(runName));
  const { differing, alike } = settings(runs);
  const came = results(runs);
  const columns: Column<Line>[] = [
    { title: "Name", cell: (l) => l.name },
    ...runs.map((_, at) => ({ title: names[at] ?? "", cell: (l: Line) => (l.of[at] === undefined ? <span class="faint">–</span> : <Value of={l.of[at]} most={120} />) })),
  ];
  return (
    <>
      <ul class="legend runs" aria-label="Runs">
        {runs.map((r, at) => (
          <li key={r.id}>
            <Stroke n={at} /> <a href={address("/runs", r.id)}>{names[at]}</a> <Status is={r.status} />
            {runs.length > 1 && <Button kind="quiet" label={`Without ${names[at]}`} onPress={() => go(toCompare(ids.filter((id) => id !== r.id)), true)}>✕</Button>}
          </li>
        ))}
      </ul>
      {metrics.some((m) => m.length > 0) ? <Plots groups={overlaid(names, metrics)} /> : <p class="faint">None of them logged a metric.</p>}
      <section aria-label="What came of them">
        <h2>What came of them</h2>
        {came.length === 0 ? <p class="faint">None of them has returned anything yet.</p> : <Table label="Results" columns={columns} rows={came} id={(l) => l.name} />}
      </section>
      <section aria-label="Settings">
        <h2>Settings that differ</h2>
        {differing.length === 0 ? <p class="faint">None: they differ in nothing but chance.</p> : <Table label="Settings that differ" columns={columns} rows={differing} id={(l) => l.name} />}
        <details>
          <summary>Settings that are the same</summary>
          <Table label="Settings that are the same" columns={[{ title: "Setting", cell: (l) => l.name }, { title: "Value", cell: (l) => <Value of={l.of[0]} most={120} /> }]} rows={alike} id={(l) => l.name} />
        </details>
      </section>
    </>
  );
}
