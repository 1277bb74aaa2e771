import { Button, Notice, Page, Progress, Status, Time } from "../components";
import { useAct } from "../core/act";
import { address, post } from "../core/api";
import { useKeys } from "../core/keys";
import { toast } from "../core/state";
import { duration } from "../core/text";
import { useNow } from "../core/use";
import type { RunDetail } from "../wire";
import type { PageProps } from "./catalog";
import { runName } from "./flow/plan";
import { Lineage } from "./lineage/lineage";
import { Checks } from "./run/checks";
import { Curves } from "./run/curves";
import { useRun } from "./run/live";
import { Diagnoses } from "./run/diagnoses";
import { Started } from "./run/record";
import { Samples } from "./run/samples";
import { Used } from "./run/used";
import { startWith } from "./start/given";
import { cited } from "./story/cites";

/** Run is one run: its curves as they grow, its samples, its invariants, and what it came from. */
export default function Run({ params }: PageProps) {
  const known = useRun(params.id ?? "");
  if (known.run) return <Shown run={known.run} known={known} />;
  return (
    <Page title="Run" back={{ href: "/runs", title: "Runs" }}>
      {known.error ? <Notice bad>{known.error} <Button onPress={known.again}>Try again</Button></Notice> : <p class="faint">Loading the run…</p>}
    </Page>
  );
}

function Shown({ run: r, known }: { run: RunDetail; known: ReturnType<typeof useRun> }) {
  const [busy, act] = useAct();
  const running = r.status === "running";
  const canResume = !running && r.resumable;
  const change = (how: "stop" | "resume", says: string) =>
    act(async () => {
      await post(`${address("/api/runs", r.id)}/${how}`);
      toast(says);
      known.again();
    });
  const stop = () => void change("stop", "It stops at the next step, and keeps where it is.");
  const resume = () => void change("resume", "It goes on from its last checkpoint.");
  useKeys([
    { key: "s", does: "Stop the run", run: stop, when: () => running },
    { key: "r", does: "Resume the run", run: resume, when: () => canResume },
  ]);
  return (
    <Page
      title={runName(r)}
      back={{ href: "/runs", title: "Runs" }}
      actions={
        <>
          <Button onPress={() => startWith("run", { text: r.text, params: r.params })}>Another like it</Button>
          {running && <Button busy={busy} onPress={stop} shortcut={{ key: "s" }}>Stop</Button>}
          {canResume && <Button kind="primary" busy={busy} onPress={resume} shortcut={{ key: "r" }}>Resume</Button>}
        </>
      }
    >
      <p class="facts">
        <Status is={r.status} />
        <span>{r.script}</span>
        {r.call && <span>started by <a href={cited(r.call).href}>{cited(r.call).says} of a flow</a></span>}
        <span>started <Time at={r.started} /></span>
        {r.ended && <span>took {duration((Date.parse(r.ended) - Date.parse(r.started)) / 1000)}</span>}
        {r.says && <span class="says">“{r.says}”</span>}
      </p>
      {running && <Far run={r} />}
      <Used of={r.used} />
      {r.error && (
        <Notice bad={r.status === "failed"}>
          <pre class="text">{r.error}</pre>
          {canResume && <p>Resume it: it goes on where it last kept its state.</p>}
        </Notice>
      )}
      <Diagnoses of={r.diagnoses ?? []} />
      <Curves run={r} metrics={known.metrics} />
      <Samples run={r} />
      <Checks checks={r.invariants} />
      <Started run={r} />
      <Lineage node={`run:${r.id}`} />
    </Page>
  );
}

/** Far says how far a run is, and how long it will still take. */
function Far({ run: r }: { run: RunDetail }) {
  const now = useNow(1000);
  const seconds = (now.value - Date.parse(r.started)) / 1000;
  const left = r.used?.left_seconds ?? 0; // at the pace of the last minute, where the server knows that
  const rate = left > 0 ? (r.steps - r.step) / left : r.step > 0 && seconds > 0 ? r.step / seconds : 0;
  return <Progress label={`Steps of ${runName(r)}`} done={r.step} of={r.steps} unit="steps" {...(rate ? { rate } : {})} />;
}
