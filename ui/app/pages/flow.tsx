import { useState } from "preact/hooks";
import { Button, Dialog, Opening, Notice, Page, Status, Time } from "../components";
import { useAct } from "../core/act";
import { address, post } from "../core/api";
import { useFresh } from "../core/fresh";
import { useKeys } from "../core/keys";
import { me, toast } from "../core/state";
import { number, plural } from "../core/text";
import type { FlowDetail, PersonRow, Recipe, Script } from "../wire";
import type { PageProps } from "./catalog";
import { inOrder, open, pace } from "./flow/counts";
import { Facts } from "./flow/facts";
import { Instances } from "./flow/instances";
import { PriorityField } from "./flow/priority";
import { asksPeople, planned } from "./flow/plan";
import { Stages } from "./flow/stages";
import { Strip } from "./flow/strip";
import { Learn } from "./learn";
import { InviteDialog } from "./people/invite";
import { startWith } from "./start/given";

/** Flow is one flow: how far its steps are, its instances, and what it was started with. */
export default function Flow({ params }: PageProps) {
  const id = params.id ?? "";
  const flow = useFresh<FlowDetail>(address("/api/flows", id), `flow/${id}`, (news) => news.flow);
  return (
    <Opening of={flow} title="Flow" back={{ href: "/flows", title: "Flows" }}>
      {(f) => <Shown flow={f} again={flow.again} />}
    </Opening>
  );
}

function Shown({ flow: f, again }: { flow: FlowDetail; again: () => void }) {
  const [busy, act] = useAct();
  const [dialog, setDialog] = useState<"cancel" | "invite">();
  const [pools, setPools] = useState<string[]>([]);
  const asks = asksPeople(f);
  const alive = f.status === "running" || f.status === "paused";
  const change = (how: "pause" | "resume" | "cancel", says: string) =>
    act(async () => {
      await post(`${address("/api/flows", f.id)}/${how}`);
      toast(says, how === "pause" ? { undo: () => void change("resume", "It goes on.") } : {});
      again();
    });
  const turn = () => void (f.status === "paused" ? change("resume", "It goes on.") : change("pause", "Paused: nobody is given a task of this flow. Answers under way still count."));
  const invite = () => void poolsOf(f).catch(() => []).then((found) => (setPools(found), setDialog("invite")));
  useKeys([
    { key: "p", does: f.status === "paused" ? "Resume" : "Pause", run: turn, when: () => alive },
    { key: "i", does: "Invite people", run: invite, when: () => asks },
  ]);
  return (
    <Page
      title={f.name}
      back={{ href: "/flows", title: "Flows" }}
      actions={
        <>
          {alive && <Button onPress={turn} busy={busy} shortcut={{ key: "p" }}>{f.status === "paused" ? "Resume" : "Pause"}</Button>}
          <Button onPress={() => startWith("flow", { text: f.script, params: f.params })}>Another like it</Button>
          {asks && <Button onPress={invite} shortcut={{ key: "i" }}>Invite people</Button>}
          {alive && <Button kind="quiet" onPress={() => setDialog("cancel")}>Cancel the flow</Button>}
        </>
      }
    >
      <p class="facts">
        <Status is={f.status} />
        <span>{number(f.instances.done ?? 0)} of {plural(f.items, "item")} done</span>
        {asks && <span>{pace(f)}</span>}
        <span>started <Time at={f.created} />{f.starter && ` by ${f.starter}`}</span>
        {alive && asks && <PriorityField flow={f} again={again} />}
      </p>
      {f.status === "running" && open(f) > 0 && <Nobody onInvite={invite} />}
      {f.items === 1 && planned(f).length > 0 ? <Stages flow={f} /> : <Strip steps={inOrder(f.steps, f.script)} />}
      {f.datasets.map((name) => <Learn key={name} data={name} />)}
      <Instances flow={f} />
      <Facts flow={f} />
      {dialog === "invite" && <InviteDialog pools={pools} name={f.name} onClose={() => setDialog(undefined)} />}
      {dialog === "cancel" && (
        <Dialog
          title={`Cancel ${f.name}?`}
          onClose={() => setDialog(undefined)}
          actions={<Button kind="danger" busy={busy} onPress={() => void change("cancel", "Cancelled.").then((ok) => ok && setDialog(undefined))}>Cancel the flow</Button>}
        >
          <p>
            {plural(f.items - (f.instances.done ?? 0), "item")} will not be finished, and {plural(open(f), "open task")} taken from people. A
            cancelled flow does not go on again; to stop it for a while, pause it.
          </p>
          <p>What was answered and recorded so far stays.</p>
        </Dialog>
      )}
    </Page>
  );
}

/** poolsOf are the pools that a flow's script was started with. */
async function poolsOf(f: FlowDetail): Promise<string[]> {
  const script = await post<Recipe>("/api/check", { script: f.script } satisfies Script);
  const named = script.params.filter((p) => p.kind === "pool").flatMap((p) => f.params[p.name]);
  return [...new Set(named.filter((name): name is string => typeof name === "string" && name !== ""))];
}

/** Nobody says so when answers are wanted and nobody is there to give them. */
function Nobody({ onInvite }: { onInvite: () => void }) {
  const people = useFresh<PersonRow[]>("/api/people", "people", (news) => news.people ?? []).value;
  const online = (people ?? []).filter((p) => p.online && !p.disabled && p.id !== me.value?.id);
  if (!people || online.length > 0) return null;
  return (
    <Notice>
      Answers are wanted, and nobody is here to give them. <Button onPress={onInvite}>Invite people</Button>{" "}
      <a class="button" href="/work">Answer some yourself</a>
    </Notice>
  );
}
