import { Dialog, Loading, Time } from "../../components";
import { duration } from "../../core/text";
import { useGet } from "../../core/use";
import { fields } from "../../fields/catalog";
import { title, type Item } from "../../fields/kind";
import type { Past } from "../../wire";

/** History lists a person's own answers, the latest first. */
export function History({ onClose }: { onClose: () => void }) {
  const past = useGet<Past[]>("/api/me/history");
  return (
    <Dialog side title="Your answers" onClose={onClose}>
      <Loading of={past} what="your answers">
        {(list) =>
          !list || list.length === 0 ? (
            <p class="faint">Each answer that you send is listed here, with what you said and how long it took you.</p>
          ) : (
            <ol class="history">{list.map((one) => <Entry key={one.answer} past={one} />)}</ol>
          )
        }
      </Loading>
    </Dialog>
  );
}

function Entry({ past }: { past: Past }) {
  const item = past.item as Item;
  const values = (past.values ?? {}) as Record<string, unknown>;
  const first = past.form.show.flatMap((p) => p.fields).map((name) => String(item[name] ?? ""))[0] ?? "";
  return (
    <li class={past.undone ? "undone" : undefined}>
      <p class="faint">
        <Time at={past.time} /> · {duration(past.seconds)}
        {past.late && " · late"}
        {past.undone && " · taken back"}
      </p>
      <p class="excerpt" dir="auto">{first}</p>
      <dl>
        {past.form.ask.filter((f) => values[f.name] !== undefined).map((f) => (
          <div key={f.name}>
            <dt>{title(f)}</dt>
            <dd dir="auto">{fields[f.kind]?.says(f, values[f.name])}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}
