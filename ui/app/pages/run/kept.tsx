import { Button } from "../../components";
import { useAct } from "../../core/act";
import { address, post } from "../../core/api";
import type { Param, Recipe, RunDetail, Script } from "../../wire";
import { startWith } from "../start/given";

/** startsFrom is the setting that says with which weights a script begins: start where it has one, else the model that it trains. */
export function startsFrom(params: Pick<Param, "name" | "kind">[]): string | undefined {
  const models = params.filter((p) => p.kind === "model").map((p) => p.name);
  return ["start", "policy"].find((name) => models.includes(name)) ?? models[0];
}

/** Kept are the models that a run kept. Another run of its script can go on from each. */
export function Kept({ run: r }: { run: RunDetail }) {
  const [busy, act] = useAct();
  const goOn = (model: string) =>
    act(async () => {
      const setting = startsFrom((await post<Recipe>("/api/check", { script: r.text } satisfies Script)).params);
      startWith("run", { text: r.text, params: { ...r.params, ...(setting && { [setting]: model }) } });
    });
  return (
    <>
      <h2>Kept</h2>
      {(r.models ?? []).length === 0 ? (
        <p class="faint">No model{r.status === "running" ? " yet" : ""}. What the script gives to <code>checkpoint(…)</code> becomes one.</p>
      ) : (
        <ul class="links">
          {r.models.map((m) => (
            <li key={m} class="row">
              <a href={address("/models", m)}>{m}</a> <Button kind="quiet" busy={busy} onPress={() => void goOn(m)} label={`Go on from it: ${m}`}>Go on from it</Button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
