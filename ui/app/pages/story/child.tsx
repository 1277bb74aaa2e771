import { useState } from "preact/hooks";
import { Button, Loading, Status, Value } from "../../components";
import { address } from "../../core/api";
import { useFresh } from "../../core/fresh";
import type { Story } from "../../wire";
import { Call } from "./call";

const deepest = 4; // children below that are links only

/** Child is an instance that a call spawned; its own story opens in place. */
export function Child({ id, depth, result }: { id: string; depth: number; result: unknown }) {
  const [open, setOpen] = useState(false);
  return (
    <div class="child">
      <p class="row">
        <a href={address("/instances", id)}>Its own page</a>
        {depth < deepest && <Button kind="quiet" pressed={open} onPress={() => setOpen(!open)}>Its story here</Button>}
      </p>
      {open ? <Inside id={id} depth={depth} /> : result !== null && result !== undefined && typeof result !== "string" && <Value of={result} />}
    </div>
  );
}

function Inside({ id, depth }: { id: string; depth: number }) {
  const story = useFresh<Story>(address("/api/instances", id), `instance/${id}`, (news) => news.story);
  return (
    <Loading of={story} what="its story">
      {(s) => (
        <>
          <p class="row"><code>{s.function}</code> <Status is={s.status} /> <span class="faint">{s.title}</span></p>
          <ol class="calls">
            {s.calls.map((c) => <Call key={`${c.call}-${c.began}`} story={s} call={c} depth={depth} again={story.again} />)}
          </ol>
        </>
      )}
    </Loading>
  );
}
