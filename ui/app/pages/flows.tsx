import { Button, Empty, Loading, Page, Status, Table, Time, type Column } from "../components";
import { address } from "../core/api";
import { useFresh } from "../core/fresh";
import { useKeys } from "../core/keys";
import { go, place } from "../core/router";
import { number } from "../core/text";
import type { FlowSummary } from "../wire";
import { share, stepInWords } from "./flow/counts";
import { StartDialog } from "./start/start";

const columns: Column<FlowSummary>[] = [
  { title: "Flow", cell: (f) => <><a href={address("/flows", f.id)}>{f.name}</a> {f.recipe !== f.name && <small class="faint">{f.recipe}</small>}</>, sort: (f) => f.name },
  { title: "Status", cell: (f) => <Status is={f.status} />, sort: (f) => f.status },
  { title: "Items done", cell: (f) => <Done of={f} />, sort: share },
  { title: "Steps", cell: (f) => <Steps of={f} />, wide: true },
  { title: "Answers/h", cell: (f) => number(Math.round(f.answers_per_hour)), sort: (f) => f.answers_per_hour, end: true },
  { title: "Priority", cell: (f) => f.priority, sort: (f) => f.priority, end: true },
  { title: "Started", cell: (f) => <><Time at={f.created} /> {f.starter && <small class="faint">by {f.starter}</small>}</>, sort: (f) => f.created },
];

/** shown are the columns that say something: priorities only where some flow has one. */
const shown = (all: FlowSummary[]) => columns.filter((c) => c.title !== "Priority" || all.some((f) => f.priority !== 0));

/** Flows lists the flows, and starts them. */
export default function Flows() {
  const flows = useFresh<FlowSummary[]>("/api/flows", "flows", (news) => news.flows ?? []);
  const asked = new URLSearchParams(place.value.query).get("start");
  const start = () => go("/flows?start=", true);
  useKeys([{ key: "n", does: "Start a flow", run: start }]);
  const button = <Button kind="primary" onPress={start} shortcut={{ key: "n" }}>Start a flow</Button>;
  return (
    <Page title="Flows" actions={button}>
      <Loading of={flows} what="the flows">
        {(all) =>
          all.length === 0 ? (
            <Empty title="No flow yet" action={button}>
              A flow puts questions before people and models, item by item, and waits for their answers as long as it takes.
              The recipe <code>compare</code> samples two answers to each prompt and asks which one is better. It needs prompts:{" "}
              <a href="/data">import a file</a> first.
            </Empty>
          ) : (
            <Table broad label="Flows" columns={shown(all)} rows={all} id={(f) => f.id} order={{ column: "Started", down: true }} />
          )
        }
      </Loading>
      {asked !== null && <StartDialog what="flow" recipe={asked} onClose={() => place.peek().path === "/flows" && go("/flows", true)} />}
    </Page>
  );
}

function Done({ of: f }: { of: FlowSummary }) {
  const done = f.instances.done ?? 0;
  return (
    <span class="meter">
      <progress aria-label={`Items of ${f.name} that are done`} value={done} max={Math.max(f.items, 1)} />
      <small>{number(done)} of {number(f.items)}</small>
    </span>
  );
}

function Steps({ of: f }: { of: FlowSummary }) {
  return (
    <ul class="brief">
      {f.steps.map((s) => (
        <li key={s.step}>{s.step} <small class="faint">{stepInWords(s)}</small></li>
      ))}
    </ul>
  );
}
