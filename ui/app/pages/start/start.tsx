import { useEffect, useRef, useState } from "preact/hooks";
import { Button, Dialog, Labelled, Loading, Notice } from "../../components";
import { useAct } from "../../core/act";
import { Failed, post, words } from "../../core/api";
import { go } from "../../core/router";
import { toast } from "../../core/state";
import { useGet } from "../../core/use";
import type { Problem, Recipe, Start } from "../../wire";
import { begun, takeGiven, type Given } from "./given";
import { useKnown } from "./known";
import { changed, typed, type Typed } from "./params";
import { ScriptField, type Own } from "./script";
import { Setting } from "./setting";

interface Props {
  what: "flow" | "run";
  recipe: string; // that is chosen at first; empty for none
  onClose: () => void;
}

/** StartDialog starts a recipe, or a script of one's own, with settings from a form made of its params. */
export function StartDialog({ what, recipe, onClose }: Props) {
  const recipes = useGet<Recipe[]>("/api/recipes");
  return (
    <Dialog side title={`Start a ${what}`} onClose={onClose}>
      <Loading of={recipes} what="the recipes">
        {(all) => <StartForm what={what} recipes={all.filter((r) => r[what])} first={recipe} />}
      </Loading>
    </Dialog>
  );
}

const ownScript = "a script of my own";

function StartForm({ what, recipes, first }: { what: "flow" | "run"; recipes: Recipe[]; first: string }) {
  const [known] = useState(takeGiven);
  const [fixed, setFixed] = useState(recipes.some((r) => r.name === known.recipe)); // who came by a button has chosen already
  const same = known.text === undefined ? undefined : (recipes.find((r) => r.text === known.text)?.name ?? ownScript);
  const [name, setName] = useState(same ?? (recipes.some((r) => r.name === first) ? first : (recipes[0]?.name ?? ownScript)));
  const [own, setOwn] = useState<Own>({ text: same === ownScript ? (known.text ?? "") : "", checked: false });
  const chosen = name === ownScript ? own.found : recipes.find((r) => r.name === name);
  const edit = (r: Recipe) => {
    setOwn({ text: r.text, checked: true, found: r });
    setName(ownScript);
  };
  return (
    <>
      <fieldset class="choices">
        <legend>What to start</legend>
        {[...recipes, undefined].filter((r) => !fixed || r?.name === name).map((r) => (
          <label key={r?.name ?? ownScript} class="choice">
            <input type="radio" name="recipe" checked={name === (r?.name ?? ownScript)} onChange={() => setName(r?.name ?? ownScript)} />
            <span><strong>{r?.name ?? "A script of my own"}</strong><small>{r?.summary ?? "Paste one, or edit a recipe's."}</small></span>
          </label>
        ))}
        {fixed && <button type="button" class="link" onClick={() => setFixed(false)}>something else</button>}
      </fieldset>
      {name === ownScript ? <ScriptField own={own} what={what} set={setOwn} /> : chosen && <About recipe={chosen} onEdit={() => edit(chosen)} />}
      {chosen && !(name === ownScript && own.wrong) && (
        <Settings key={name} known={known} what={what} recipe={chosen} from={name === ownScript ? { script: own.text } : { recipe: name }} />
      )}
    </>
  );
}

function About({ recipe, onEdit }: { recipe: Recipe; onEdit: () => void }) {
  return (
    <details>
      <summary>What it does, and its script</summary>
      <p class="text">{recipe.doc}</p>
      <pre class="script" tabIndex={0} aria-label="Script">{recipe.text}</pre>
      <Button onPress={onEdit}>Edit the script</Button>
    </details>
  );
}

const more = { limit: "most items, 0 for all", ahead: "items under way at a time, 0 for the usual number", priority: "larger goes first" };
type More = keyof typeof more;

interface SettingsProps {
  what: "flow" | "run";
  recipe: Recipe;
  from: Pick<Start, "recipe" | "script">;
  known: Given;
}

function Settings({ what, recipe, from, known }: SettingsProps) {
  const names = useKnown();
  const [values, setValues] = useState<Typed>(() => begun(recipe.params, known));
  const [own, setOwn] = useState<Record<More | "name", string>>({ name: "", limit: "", ahead: "", priority: "" });
  const [problems, setProblems] = useState<Problem[]>([]);
  const [wrong, setWrong] = useState("");
  const [busy, act] = useAct();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus(), [problems]);
  const says = (field: string) => problems.find((p) => p.field === field)?.says;
  const start = () =>
    act(async () => {
      const numbers = Object.fromEntries((Object.keys(more) as More[]).filter((key) => own[key] !== "").map((key) => [key, Number(own[key])]));
      const body: Start = { ...from, ...(own.name && { name: own.name }), params: changed(recipe.params, values), ...(what === "flow" ? numbers : {}) };
      setProblems([]);
      setWrong("");
      try {
        const made = await post<{ id: string; name: string }>(`/api/${what}s`, body);
        toast(`Started ${made.name}.`);
        go(`/${what}s/${made.id}`);
      } catch (error) {
        const found = error instanceof Failed ? (error.failure.problems ?? []) : [];
        setProblems(found);
        setWrong(found.length > 0 && found.every((p) => recipe.params.some((q) => q.name === p.field)) ? "Some settings need another look: they say why." : words(error));
      }
    });
  return (
    <form ref={form} class="settings" noValidate onSubmit={(e) => (e.preventDefault(), void start())}>
      {recipe.params.map((p) => {
        const error = says(p.name);
        return <Setting key={p.name} of={p} value={values[p.name] ?? typed(p.default)} known={names} {...(error ? { error } : {})} set={(value) => setValues({ ...values, [p.name]: value })} />;
      })}
      <Labelled label="Name" help="what to call it; empty for a name from the recipe">
        {(tied) => <input {...tied} autocomplete="off" value={own.name} onInput={(e) => setOwn({ ...own, name: e.currentTarget.value })} />}
      </Labelled>
      {what === "flow" && <details>
        <summary>How much at a time</summary>
        <div class="settings">
          {(Object.keys(more) as More[]).map((key) => (
            <Labelled key={key} label={key} help={more[key]} {...(says(key) ? { error: says(key) as string } : {})}>
              {(tied) => <input {...tied} inputMode="numeric" autocomplete="off" value={own[key]} onInput={(e) => setOwn({ ...own, [key]: e.currentTarget.value })} />}
            </Labelled>
          ))}
        </div>
      </details>}
      {wrong && <Notice bad>{wrong}</Notice>}
      <Button kind="primary" submit busy={busy}>Start the {what}</Button>
    </form>
  );
}
