import { useState } from "preact/hooks";
import { Button, Notice, Status, Time } from "../../components";
import { duration, plural } from "../../core/text";
import type { Story, StoryCall } from "../../wire";
import { Child, Waited } from "./child";
import { Cites } from "./cites";
import { Divergence } from "./divergence";
import { Made } from "./made";
import { ReopenDialog } from "./reopen";
import { Answers, Item } from "./said";
import { SignalForm } from "./signal";

interface Props {
  story: Story;
  call: StoryCall;
  depth: number; // of its instance below the page's own
  again: () => void;
}

/** Call is one call of an instance: what it was given, what came of it, from whom, and from what. */
export function Call({ story, call: c, depth, again }: Props) {
  const [reopening, setReopening] = useState(false);
  const dropped = c.status === "dropped";
  const from = c.cites;
  const canReopen = !dropped && story.status !== "cancelled" && (c.status === "done" || c.status === "diverged");
  return (
    <li class={`call ${c.status}`} id={depth === 0 && !dropped ? `call-${c.call}` : undefined}>
      <header>
        <span class="number">{c.call}</span>
        <h3>{c.form?.title ?? c.primitive}{c.form && <small> {c.primitive}</small>}</h3>
        <Status is={c.status} />
        <small class="faint"><Took of={c} /></small>
        {canReopen && <Button kind="quiet" onPress={() => setReopening(true)} label={`Re-open call ${c.call}`}>Re-open</Button>}
      </header>
      {c.error && <Notice bad><span class="text">{c.error}</span></Notice>}
      {c.status === "diverged" ? <Divergence call={c} /> : <Body story={story} call={c} depth={depth} again={again} />}
      {from.length > 0 && c.primitive !== "ask" && <div class="from"><small>from</small> <Cites of={from} /></div>}
      {reopening && <ReopenDialog story={story} call={c} onClose={() => setReopening(false)} done={again} />}
    </li>
  );
}

function Body({ story, call: c, depth, again }: Props) {
  if (c.primitive === "ask") return <Asked call={c} />;
  if (c.child) return <Child call={c} depth={depth + 1} />;
  if (c.primitive === "together" || c.primitive === "first") return <Waited call={c} />;
  if (c.primitive === "signal" && c.status === "waiting") return <SignalForm instance={story.id} name={String(c.args)} done={again} />;
  return <Made call={c} />;
}

function Asked({ call: c }: { call: StoryCall }) {
  const args = (c.args ?? {}) as Record<string, unknown>;
  const good = c.answers.filter((a) => !a.undone).length;
  const missing = c.wanted - good;
  return (
    <>
      <details>
        <summary>What was shown</summary>
        <Item form={c.form} item={args.item ?? args} />
      </details>
      <Answers form={c.form} answers={c.answers} />
      {c.status === "waiting" && missing > 0 && (
        <p class="person">
          ◆ {plural(missing, "more answer")} wanted
          {typeof args.pool === "string" && args.pool !== "" && ` of the pool ${args.pool}`}
          {c.leased.length > 0 ? `; ${c.leased.join(", ")} ${c.leased.length === 1 ? "has" : "have"} it now` : "; nobody has it now"}
        </p>
      )}
      {args.unlike instanceof Array && args.unlike.length > 0 && (
        <div class="from"><small>by nobody who saw</small> <Cites of={args.unlike as string[]} /></div>
      )}
    </>
  );
}

function Took({ of: c }: { of: StoryCall }) {
  const seconds = c.ended ? (Date.parse(c.ended) - Date.parse(c.began)) / 1000 : 0;
  return (
    <>
      <Time at={c.began} />
      {c.ended && seconds >= 0.1 && `, took ${duration(seconds)}`}
    </>
  );
}

/** inCalls are calls by their numbers; what was dropped stands before what took its place. */
export const inCalls = (calls: StoryCall[]): StoryCall[] => calls.toSorted((a, b) => a.call - b.call);

/** Standing is where an instance stands when that needs words. */
export function Standing({ story }: { story: Story }) {
  if (story.error) return <Notice bad><span class="text">{story.error}</span></Notice>;
  if (story.waiting && story.status === "waiting") return <p class="person">◆ It waits {story.waiting}</p>;
  return null;
}
