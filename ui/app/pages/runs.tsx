import { useState } from "preact/hooks";
import { Button, Empty, Loading, Long, Page, Status, Table, Time, type Column } from "../components";
import { address } from "../core/api";
import { useFresh } from "../core/fresh";
import { useKeys } from "../core/keys";
import { go, place } from "../core/router";
import { duration, number } from "../core/text";
import type { RunSummary } from "../wire";
import { most, toCompare } from "./run/several";
import { runName } from "./flow/plan";
import { StartDialog } from "./start/start";

const took = (r: RunSummary): number => (r.ended ? (Date.parse(r.ended) - Date.parse(r.started)) / 1000 : -1);

const columns = (chosen: string[], choose: (ids: string[]) => void): Column<RunSummary>[] => [
  { title: "Run", cell: (r) => <Named of={r} chosen={chosen} choose={choose} />, sort: runName },
  { title: "Script", cell: (r) => r.script, sort: (r) => r.script },
  { title: "Status", cell: (r) => <Status is={r.status} />, sort: (r) => r.status },
  { title: "Step", cell: (r) => <Step of={r} />, sort: (r) => r.step },
  { title: "Says", cell: (r) => (r.error ? <span class={r.status === "failed" ? "wrong" : "faint"}><Long text={r.error} most={140} /></span> : r.says), wide: true },
  { title: "Took", cell: (r) => (r.ended ? duration(took(r)) : "–"), sort: took, end: true },
  { title: "Started", cell: (r) => <Time at={r.started} />, sort: (r) => r.started },
];

/** Runs lists the runs, whoever started them, and starts new ones. */
export default function Runs() {
  const runs = useFresh<RunSummary[]>("/api/runs", "runs", (news) => news.runs ?? []);
  const asked = new URLSearchParams(place.value.query).get("start");
  const start = () => go("/runs?start=", true);
  useKeys([{ key: "n", does: "Start a run", run: start }]);
  const [chosen, setChosen] = useState<string[]>([]);
  const compare = () => go(toCompare(chosen));
  useKeys([{ key: "c", does: "Compare the runs that are marked", run: compare, when: () => chosen.length > 1 }]);
  const button = <Button kind="primary" onPress={start} shortcut={{ key: "n" }}>Start a run</Button>;
  return (
    <Page title="Runs" actions={<>{chosen.length > 0 && <Button disabled={chosen.length < 2} onPress={compare} shortcut={{ key: "c" }}>{chosen.length < 2 ? "Mark another to compare" : `Compare ${chosen.length}`}</Button>}{button}</>}>
      <Loading of={runs} what="the runs">
        {(all) =>
          all.length === 0 ? (
            <Empty title="No run yet" action={button}>
              A run computes: it trains a model or measures one, logs its curves and samples here as it goes, checks itself, and can be stopped and resumed.
              Start one here, or type <code>workbench run first -p pairs=FILE</code>.
            </Empty>
          ) : (
            <Table broad label="Runs" columns={columns(chosen, setChosen)} rows={all} id={(r) => r.id} order={{ column: "Started", down: true }} />
          )
        }
      </Loading>
      {asked !== null && <StartDialog what="run" recipe={asked} onClose={() => place.peek().path === "/runs" && go("/runs", true)} />}
    </Page>
  );
}

/** Named is a run in the list, with a mark for those that are to be compared. */
function Named({ of: r, chosen, choose }: { of: RunSummary; chosen: string[]; choose: (ids: string[]) => void }) {
  const is = chosen.includes(r.id);
  return (
    <span class="marked">
      <input type="checkbox" aria-label={`Compare ${runName(r)}`} checked={is} disabled={!is && chosen.length >= most} onChange={() => choose(is ? chosen.filter((id) => id !== r.id) : [...chosen, r.id])} />
      <a href={address("/runs", r.id)}>{runName(r)}</a>
    </span>
  );
}

function Step({ of: r }: { of: RunSummary }) {
  if (r.steps === 0) return <>{r.step > 0 ? number(r.step) : "–"}</>;
  return (
    <span class="meter">
      <progress aria-label={`Steps of ${runName(r)}`} value={r.step} max={r.steps} />
      <small>{number(r.step)} of {number(r.steps)}</small>
    </span>
  );
}
