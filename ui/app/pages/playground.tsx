import { useRef, useState } from "preact/hooks";
import { Button, Empty, Labelled, Loading, Long, Page } from "../components";
import { useAct } from "../core/act";
import { useKeys } from "../core/keys";
import { place } from "../core/router";
import { useGet } from "../core/use";
import type { ModelRow } from "../wire";
import { writes } from "./model/writes";
import { Answers } from "./playground/answers";
import { tellVote, type Turn, type Vote } from "./playground/chat";
import { complete, useDuel } from "./playground/duel";
import { Options, start, Who, type Typed } from "./playground/options";
import { countOf, counted, forget } from "./playground/tally";
import { Tally } from "./playground/votes";

/** Playground has two models answer the same question, and takes votes between them. */
export default function Playground() {
  const models = useGet<ModelRow[]>("/api/models");
  return (
    <Page title="Two models side by side" back={{ href: "/models", title: "Models" }}>
      <Loading of={models} what="the models">
        {(all) => {
          const names = [...new Set(all.filter(writes).map((m) => m.name))];
          return names.length === 0 ? <Empty title="No model here">There is nothing that writes. A run that keeps a model, or <code>workbench models add FOLDER</code>, brings one.</Empty> : <Table names={names} />;
        }}
      </Loading>
    </Page>
  );
}

/** first are the models that the address names, or else the newest and the one that is carried. */
function first(names: string[]): { a: string; b: string } {
  const asked = new URLSearchParams(place.peek().query);
  const known = (name: string | null) => (name && names.includes(name) ? name : undefined);
  const a = known(asked.get("a")) ?? names[0] ?? "";
  return { a, b: known(asked.get("b")) ?? names.find((name) => name !== a) ?? a };
}

/** Table is where the two sit: who they are, what they are asked, what they say, and which one is preferred. */
function Table({ names }: { names: string[] }) {
  const [form, setForm] = useState<Typed>({ ...start, ...first(names) });
  const [turns, setTurns] = useState<Turn[]>([]); // those that both have before them
  const [vote, setVote] = useState<Vote>();
  const [count, setCount] = useState(() => countOf(form.a, form.b));
  const [busy, act] = useAct();
  const duel = useDuel();
  const question = useRef<HTMLTextAreaElement>(null);
  const answers = useRef<HTMLElement>(null);
  const set = (to: Partial<Typed>) => {
    const next = { ...form, ...to };
    setForm(next);
    if (next.a !== form.a || next.b !== form.b) {
      begin();
      setCount(countOf(next.a, next.b));
    }
  };
  const begin = () => {
    duel.clear();
    setTurns([]);
    setVote(undefined);
    question.current?.focus();
  };
  const ask = () => {
    if (form.prompt.trim() === "") return question.current?.focus();
    const better = vote === "right" ? duel.sides?.right : duel.sides?.left; // the conversation goes on with what was preferred
    const before: Turn[] = complete(duel.sides) && turns.length > 0 ? [...turns, { role: "assistant", content: better?.said.text ?? "" }] : [];
    const now: Turn[] = [...before, { role: "user", content: form.prompt }];
    setTurns(now);
    setVote(undefined);
    const turned = form.blind && Math.random() < 0.5;
    const system: Turn[] = form.system.trim() ? [{ role: "system", content: form.system }] : [];
    duel.ask(turned ? [form.b, form.a] : [form.a, form.b], [...system, ...now], { temperature: Number(form.temperature), max_tokens: Number(form.max_tokens) || 128 });
    setForm({ ...form, prompt: "" });
    answers.current?.focus();
  };
  const open = complete(duel.sides) && vote === undefined;
  const choose = (to: Vote) =>
    act(async () => {
      if (!complete(duel.sides)) return;
      const { left, right } = duel.sides;
      await tellVote(to, { left: left.said.id, right: right.said.id }, form.dataset);
      setVote(to);
      if (form.a !== form.b) setCount(counted(form.a, form.b, to === "tie" ? "tie" : (to === "left" ? left : right).model === form.a ? "a" : "b"));
      question.current?.focus();
    });
  useKeys([
    { key: "ArrowLeft", does: "The left answer is better", run: () => void choose("left"), when: () => open },
    { key: "ArrowDown", does: "Both are alike", run: () => void choose("tie"), when: () => open },
    { key: "ArrowRight", does: "The right answer is better", run: () => void choose("right"), when: () => open },
    { key: "Enter", ctrl: true, does: "Ask both", run: ask },
    { key: "n", does: "A new conversation", run: begin, when: () => turns.length > 0 },
  ]);
  return (
    <>
      <Who form={form} set={set} names={names} />
      {turns.length > 1 && <Before turns={turns.slice(0, -1)} />}
      <section class="ask" aria-label="Asking">
        <form class="settings" onSubmit={(e) => (e.preventDefault(), ask())}>
          <Labelled label={turns.length > 0 ? "Go on" : "Question"} {...(turns.length > 0 && { help: "Both go on from the answer that you preferred; without a vote, from the left one." })}>
            {(tied) => <textarea {...tied} ref={question} rows={3} dir="auto" placeholder="Ask both the same" value={form.prompt} onInput={(e) => setForm({ ...form, prompt: e.currentTarget.value })} />}
          </Labelled>
          <div class="row">
            <Button kind="primary" submit shortcut={{ key: "Enter", ctrl: true }}>Ask both</Button>
            {duel.under && <Button onPress={duel.stop}>Stop</Button>}
            {turns.length > 0 && <Button kind="quiet" onPress={begin} shortcut={{ key: "n" }}>New conversation</Button>}
          </div>
        </form>
        <Options form={form} set={set} />
      </section>
      <Answers at={answers} question={turns.at(-1)?.content ?? ""} duel={duel} hidden={form.blind && vote === undefined} vote={vote} dataset={form.dataset} busy={busy} choose={(to) => void choose(to)} />
      <Tally count={count} a={form.a} b={form.b} dataset={form.dataset} hidden={form.blind && duel.sides !== undefined && vote === undefined} clear={() => (forget(form.a, form.b), setCount(countOf(form.a, form.b)))} />
    </>
  );
}

/** Before is the conversation so far. */
function Before({ turns }: { turns: Turn[] }) {
  return (
    <ol class="turns" aria-label="The conversation so far">
      {turns.map((t, i) => (
        <li key={i} class={t.role}>
          <small>{t.role === "user" ? "you" : "the preferred answer"}</small> <Long text={t.content} most={400} />
        </li>
      ))}
    </ol>
  );
}
