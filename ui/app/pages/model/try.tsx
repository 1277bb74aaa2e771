import { useEffect, useRef, useState } from "preact/hooks";
import { Button, Labelled, Notice } from "../../components";
import { address, Failed, lines, send, words } from "../../core/api";
import { useKeys } from "../../core/keys";
import { precise } from "../../core/text";
import type { ModelDetail, Try as Asked, TryPart } from "../../wire";
import { ended, grown, type Sampled } from "./samples";
import { Waiting } from "./waiting";

const start = { prompt: "", response: "", system: "", n: "2", temperature: "1", max_tokens: "128", seed: "" };
type Typed = typeof start;

/** Try asks a model something and shows what comes, as it comes. */
export function Try({ model: m }: { model: ModelDetail }) {
  const scores = m.kind === "reward" || m.kind === "value";
  const [form, setForm] = useState<Typed>(start);
  const [samples, setSamples] = useState<Sampled[]>([]);
  const [wrong, setWrong] = useState("");
  const [seed, setSeed] = useState<number>(); // of what is shown
  const [under, setUnder] = useState(false);
  const stop = useRef<AbortController>(null);
  useEffect(() => () => stop.current?.abort(), []);
  const ask = async () => {
    stop.current?.abort();
    const mine = (stop.current = new AbortController());
    const asked = wanted(form, scores);
    setSeed(asked.seed);
    setUnder(true);
    setWrong("");
    setSamples([]);
    try {
      const response = await send("POST", `${address("/api/models", m.name)}/try`, asked, { signal: mine.signal });
      for await (const part of lines<TryPart>(response)) {
        if (part.error) throw new Failed(part.error, 200);
        setSamples((before) => grown(before, part));
      }
    } catch (error) {
      if (!mine.signal.aborted) setWrong(words(error));
    } finally {
      if (stop.current === mine) setUnder(false);
    }
  };
  useKeys([{ key: "Enter", ctrl: true, does: "Try the model", run: () => void ask() }]);
  const set = (name: keyof Typed, value: string) => setForm((f) => ({ ...f, [name]: value }));
  return (
    <section class="try" aria-label="Try it">
      <form class="settings" onSubmit={(e) => (e.preventDefault(), void ask())}>
        <Text label="Prompt" name="prompt" form={form} set={set} />
        {scores && <Text label="Response that is scored" name="response" form={form} set={set} />}
        {!scores && <div class="numbers">
          <Short label="Samples" name="n" form={form} set={set} />
          <Short label="Temperature" name="temperature" form={form} set={set} />
          <Short label="Most tokens" name="max_tokens" form={form} set={set} />
          <Short label="Seed" name="seed" form={form} set={set} hint="any" />
        </div>}
        {!scores && <details>
          <summary>System message</summary>
          <Text label="System message" name="system" form={form} set={set} />
        </details>}
        <div class="row">
          <Button kind="primary" submit shortcut={{ key: "Enter", ctrl: true }}>{scores ? "Score" : "Sample"}</Button>
          {under && <Button onPress={() => (stop.current?.abort(), setUnder(false))}>Stop</Button>}
        </div>
      </form>
      <div class="outcome" aria-live="polite" aria-busy={under}>
        {wrong && <Notice bad>{wrong}</Notice>}
        {under && samples.length === 0 && <Waiting />}
        {scores ? <Scores of={samples[0]?.score ?? []} /> : (
          <ol class="samples">
            {samples.map((s, i) => (
              <li key={i}>
                <p class="byline"><strong>Sample {i + 1}</strong> {seed !== undefined && <span>seed {seed}</span>} <span>{s.end ? ended(s.end) : "writes…"}</span></p>
                <span class="text" dir="auto">{s.text}</span>
              </li>
            ))}
          </ol>
        )}
        {!under && !wrong && samples.length === 0 && <p class="faint">{scores ? "The score appears here: higher means that people would rather have this response." : "What it writes appears here as it comes. The same seed gives the same text."}</p>}
      </div>
    </section>
  );
}

/** wanted is the request; a seed that is left open is drawn here, so that it can be named afterwards. */
function wanted(form: Typed, scores: boolean): Asked {
  if (scores) return { prompt: form.prompt, response: form.response, temperature: 0 };
  return {
    prompt: form.prompt,
    ...(form.system && { system: form.system }),
    n: Number(form.n) || 1,
    temperature: Number(form.temperature),
    max_tokens: Number(form.max_tokens) || 0,
    seed: form.seed === "" ? 1 + Math.floor(Math.random() * 1e9) : Number(form.seed),
  };
}

interface FieldProps {
  label: string;
  name: keyof Typed;
  form: Typed;
  set: (name: keyof Typed, value: string) => void;
}

const Text = ({ label, name, form, set }: FieldProps) => (
  <Labelled label={label}>
    {(tied) => <textarea {...tied} rows={4} dir="auto" value={form[name]} onInput={(e) => set(name, e.currentTarget.value)} />}
  </Labelled>
);

const Short = ({ label, name, form, set, hint }: FieldProps & { hint?: string }) => (
  <Labelled label={label}>
    {(tied) => <input {...tied} inputMode="decimal" autocomplete="off" placeholder={hint} value={form[name]} onInput={(e) => set(name, e.currentTarget.value)} />}
  </Labelled>
);

function Scores({ of }: { of: number[] }) {
  if (of.length === 0) return null;
  const mean = of.reduce((a, b) => a + b, 0) / of.length;
  return (
    <p class="score">
      <b>{precise(mean)}</b> {of.length > 1 && <small>mean of {of.length} heads: {of.map(precise).join(", ")}</small>}
    </p>
  );
}
