import { useEffect } from "preact/hooks";
import { Button, Opening, Page, Status, Time, Value } from "../components";
import { useAct } from "../core/act";
import { address, post } from "../core/api";
import { useFresh } from "../core/fresh";
import { useKeys } from "../core/keys";
import { toast } from "../core/state";
import { plural } from "../core/text";
import type { Story } from "../wire";
import type { PageProps } from "./catalog";
import { numberOf } from "./flow/names";
import { Call, inCalls, Standing } from "./story/call";

/** Instance tells what happened for one item of a flow, call by call. */
export default function Instance({ params }: PageProps) {
  const id = params.id ?? "";
  const story = useFresh<Story>(address("/api/instances", id), `instance/${id}`, (news) => news.story);
  return (
    <Opening of={story} title="Item" back={{ href: "/flows", title: "Flows" }}>
      {(s) => <Told story={s} again={story.again} />}
    </Opening>
  );
}

function Told({ story: s, again }: { story: Story; again: () => void }) {
  const [busy, act] = useAct();
  const stuck = s.status === "parked";
  const retry = () =>
    act(async () => {
      await post(`${address("/api/instances", s.id)}/retry`);
      toast("It is tried again.");
      again();
    });
  useKeys([{ key: "r", does: "Retry", run: () => void retry(), when: () => stuck }]);
  useHash(s.id);
  const counted = s.calls.filter((c) => c.status !== "dropped").length;
  return (
    <Page
      title={s.title || numberOf(s.id)}
      back={{ href: address("/flows", s.flow), title: s.flow_name }}
      actions={stuck && <Button kind="primary" busy={busy} onPress={() => void retry()} shortcut={{ key: "r" }}>Retry</Button>}
    >
      <p class="facts">
        <Status is={s.status} />
        <span>{numberOf(s.id)}, <code>{s.function}</code></span>
        <span>{plural(counted, "call")}</span>
        <span>began <Time at={s.created} /></span>
        <span>changed <Time at={s.updated} /></span>
        {s.parent && <a href={address("/instances", s.parent)}>spawned by {numberOf(s.parent)}</a>}
      </p>
      <Standing story={s} />
      <section aria-label="What it is about">
        <h2>Given</h2>
        <Value of={s.args} />
      </section>
      <section aria-label="Calls">
        <h2>What happened</h2>
        {s.calls.length === 0 ? (
          <p class="faint">Nothing yet. Each call of the script appears here, with who answered or which model, and what it came from.</p>
        ) : (
          <ol class="calls">
            {inCalls(s.calls).map((c) => <Call key={`${c.call}-${c.began}`} story={s} call={c} depth={0} again={again} />)}
          </ol>
        )}
      </section>
      {s.result !== null && s.result !== undefined && (
        <section aria-label="Result">
          <h2>Result</h2>
          <Value of={s.result} />
        </section>
      )}
    </Page>
  );
}

/** useHash shows the call that the address names, once there is one. */
function useHash(id: string): void {
  useEffect(() => {
    const wanted = location.hash.slice(1);
    if (wanted) document.getElementById(wanted)?.scrollIntoView();
  }, [id, location.hash]);
}
