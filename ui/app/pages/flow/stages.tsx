import { Notice, Progress, Status, Value } from "../../components";
import { address } from "../../core/api";
import { useFresh } from "../../core/fresh";
import { duration } from "../../core/text";
import { useGet, useNow } from "../../core/use";
import type { FlowDetail, ModelRow, RunSummary, Story } from "../../wire";
import { traceOf } from "../lineage/node";
import { beside, writes } from "../model/writes";
import { isRecord } from "../story/sample";
import { planned, stages, type Stage } from "./plan";

const firstItem = (f: FlowDetail): string => `${f.id}.0000000`;

/** Stages are the runs of a flow of one item, one after another, and what came of them all. */
export function Stages({ flow: f }: { flow: FlowDetail }) {
  const story = useFresh<Story>(address("/api/instances", firstItem(f)), `instance/${firstItem(f)}`, (news) => news.story).value;
  const runs = useFresh<RunSummary[]>("/api/runs", "runs", (news) => news.runs ?? []).value ?? [];
  return (
    <>
      <ol class="strip stages" aria-label="Stages">
        {stages(planned(f), story, runs).map((stage, i) => <Card key={i} stage={stage} number={i + 1} />)}
      </ol>
      {story?.error && <Notice bad><span class="text">{story.error}</span></Notice>}
      {story && story.result !== null && story.result !== undefined && <Outcome of={story.result} />}
    </>
  );
}

function Card({ stage: s, number }: { stage: Stage; number: number }) {
  const standing = s.run?.status ?? (s.call ? s.call.status : "not begun");
  return (
    <li class={standing}>
      <small>stage {number}</small>
      <strong>{s.run ? <a href={address("/runs", s.run.id)}>{s.recipe}</a> : s.recipe}</strong>
      <p><Status is={standing} /></p>
      {s.run ? <Far run={s.run} /> : <small class="faint">{s.call ? "in line for the device" : "begins when the one before is done"}</small>}
      {s.call?.error && <small class="wrong">{s.call.error}</small>}
      <Kept of={s} />
    </li>
  );
}

/** Far is how far the run of a stage is, or how long it took. */
function Far({ run: r }: { run: RunSummary }) {
  const now = useNow(1000);
  const seconds = ((r.ended ? Date.parse(r.ended) : now.value) - Date.parse(r.started)) / 1000;
  if (r.error) return <small class={r.status === "failed" ? "wrong" : "faint"}>{r.error}</small>;
  if (r.status !== "running") return <small class="faint">took {duration(Math.max(0, seconds))}</small>;
  if (r.step === 0) return <small class="faint">{r.says || "prepares"}</small>;
  return <Progress label={`Steps of ${r.script}`} done={r.step} of={r.steps} unit="steps" rate={r.step / Math.max(1, seconds)} />;
}

/** Kept are the models that a stage kept: those that have it as their newest are found by their names, others by where they came from. */
function Kept({ of: s }: { of: Stage }) {
  const models = isRecord(s.call?.result) && Array.isArray(s.call.result.models) ? (s.call.result.models as string[]) : [];
  const all = useGet<ModelRow[]>("/api/models").value ?? [];
  if (models.length === 0) return null;
  const named = all.filter((m) => s.run && m.from_run === s.run.id);
  const links = named.length > 0 ? named.map((m) => ({ name: m.name, href: address("/models", m.name) })) : models.map((name) => ({ name: name.replace(/^.*\//, ""), href: traceOf(name) }));
  return (
    <>
      <small>made {links.map((l, i) => <span key={l.name}>{i > 0 && ", "}<a href={l.href}>{l.name}</a></span>)}</small>
      {named.filter(writes).map((m) => <small key={m.name}><a href={beside(m.name, m.base)}>see it beside {m.base || "another"}</a></small>)}
    </>
  );
}

/** Outcome is what came of all stages: the words first, then the numbers behind them. */
function Outcome({ of }: { of: unknown }) {
  const { verdict, ...rest } = isRecord(of) ? of : { verdict: of };
  return (
    <section aria-label="What came of it">
      <h2>What came of it</h2>
      {typeof verdict === "string" && <p class="verdict text">{verdict}</p>}
      {Object.keys(rest).length > 0 && (
        <details open={typeof verdict !== "string"}>
          <summary>The numbers</summary>
          <Value of={rest} />
        </details>
      )}
    </section>
  );
}
