import { useState } from "preact/hooks";
import { Button, Loading, Status, Value } from "../../components";
import { address } from "../../core/api";
import { useFresh } from "../../core/fresh";
import type { Story, StoryCall } from "../../wire";
import { numberOf } from "../flow/names";
import { Call, inCalls } from "./call";
import { isRecord, Outcome } from "./sample";

const deepest = 4; // children below that are links only

/** Child is an instance that a call spawned; its own story opens in place. */
export function Child({ call: c, depth }: { call: StoryCall; depth: number }) {
  const [open, setOpen] = useState(false);
  const { function: name, args } = isRecord(c.args) ? c.args : {};
  return (
    <>
      <p class="row">
        {typeof name === "string" && <code>{name}</code>} as <a href={address("/instances", c.child)}>{numberOf(c.child)}</a>
        {depth < deepest && <Button kind="quiet" pressed={open} onPress={() => setOpen(!open)}>Its story here</Button>}
      </p>
      {args !== undefined && (
        <details>
          <summary>What it was given</summary>
          <Value of={Array.isArray(args) && args.length === 1 ? args[0] : args} />
        </details>
      )}
      {open && <Inside id={c.child} depth={depth} />}
    </>
  );
}

function Inside({ id, depth }: { id: string; depth: number }) {
  const story = useFresh<Story>(address("/api/instances", id), `instance/${id}`, (news) => news.story);
  return (
    <div class="child">
      <Loading of={story} what="its story">
        {(s) => (
          <>
            <p class="row"><Status is={s.status} /> <span class="faint">{s.title}</span></p>
            <ol class="calls">
              {inCalls(s.calls).map((c) => <Call key={`${c.call}-${c.began}`} story={s} call={c} depth={depth} again={story.again} />)}
            </ol>
          </>
        )}
      </Loading>
    </div>
  );
}

/** Waited is what together and first waited for: children, each with what came of it. */
export function Waited({ call: c }: { call: StoryCall }) {
  const children = Array.isArray(c.args) ? c.args.filter((id): id is string => typeof id === "string") : [];
  const results = Array.isArray(c.result) && c.result.length === children.length ? (c.result as unknown[]) : undefined;
  return (
    <>
      <ol class="values">
        {children.map((id, i) => (
          <li key={id}>
            <a href={address("/instances", id)}>{numberOf(id)}</a>
            {results && <Outcome of={results[i]} />}
          </li>
        ))}
      </ol>
      {!results && c.ended && <Outcome of={c.result} />}
    </>
  );
}
