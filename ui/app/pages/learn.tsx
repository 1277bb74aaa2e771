import { Button } from "../components";
import { address } from "../core/api";
import { useFresh } from "../core/fresh";
import { useKeys } from "../core/keys";
import { plural } from "../core/text";
import { useGet } from "../core/use";
import type { DatasetPage, DatasetRow, Recipe } from "../wire";
import { startWith } from "./start/given";

/** fewestOf is how many comparisons the recipe wants: enough to train on, beside the share that it holds out to judge by. */
export function fewestOf(learn: Pick<Recipe, "params">): number {
  const value = (name: string) => Number(learn.params.find((p) => p.name === name)?.default ?? 0);
  return Math.max(2, Math.ceil(value("least") / (1 - value("held_out"))));
}

/** isComparisons says whether records are what people preferred: a prompt, two answers, and which one is better. */
export const isComparisons = (fields: string[]): boolean => ["prompt", "a", "b", "label"].every((name) => fields.includes(name));

/** missing says in words how far some comparisons are from being enough; empty where they are. */
export const missing = (n: number, fewest: number): string =>
  n >= fewest ? "" : `It takes at least ${fewest}: most teach, the others judge. ${plural(fewest - n, "more comparison")} to go.`;

/** Learn offers to learn from a dataset of comparisons; it is not there for other data. */
export function Learn({ data: name }: { data: string }) {
  const first = useGet<DatasetPage>(`${address("/api/datasets", name)}?offset=0&limit=1`).value;
  const recipe = useGet<Recipe>("/api/recipes/learn").value;
  const all = useFresh<DatasetRow[]>("/api/datasets", "data", (news) => news.data ?? []).value;
  if (!first || !recipe || !isComparisons(first.fields)) return null;
  return <Offer data={name} n={all?.find((d) => d.name === name)?.records ?? first.records} fewest={fewestOf(recipe)} />;
}

function Offer({ data, n, fewest }: { data: string; n: number; fewest: number }) {
  const lacking = missing(n, fewest);
  const learn = () => startWith("flow", { recipe: "learn", params: { pairs: data } });
  useKeys([{ key: "l", does: "Learn from these comparisons", run: learn, when: () => lacking === "" }]);
  return (
    <aside class="offer" aria-label={`Learn from ${data}`}>
      <p>
        <strong>{plural(n, "comparison")} in <a href={address("/data", data)}>{data}</a></strong>{" "}
        <span>{lacking || "teach a reward model what people prefer, it teaches a policy, and comparisons that neither saw judge what changed."}</span>
      </p>
      <Button kind="primary" disabled={lacking !== ""} onPress={learn} shortcut={{ key: "l" }}>Learn from these</Button>
    </aside>
  );
}
