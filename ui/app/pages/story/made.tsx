import type { ComponentChildren } from "preact";
import { Fields, Long, Value } from "../../components";
import { address } from "../../core/api";
import { precise } from "../../core/text";
import type { StoryCall } from "../../wire";

type Record_ = Record<string, unknown>;
const isRecord = (v: unknown): v is Record_ => typeof v === "object" && v !== null && !Array.isArray(v);

/** Sample is a text that a model wrote, as scripts see it. */
interface Sample {
  id?: string;
  text: string;
  logp?: number;
  tokens?: unknown;
  ended?: boolean;
  model?: string;
  seed?: number | string;
}

const isSample = (v: unknown): v is Sample => isRecord(v) && typeof v.text === "string" && "logp" in v;

const isNothing = (v: unknown): boolean => v === null || v === undefined || (typeof v === "object" && Object.keys(v).length === 0);

/** Made is what a call was given and what came of it, in the way of its primitive. */
export function Made({ call: c, record }: { call: StoryCall; record: (name: string) => ComponentChildren }) {
  const args = isRecord(c.args) ? c.args : {};
  const samples = (Array.isArray(c.result) ? c.result : [c.result]).filter(isSample);
  if (c.primitive === "generate") return <Generated args={args} samples={samples} call={c} />;
  if (c.primitive === "record") return <>{record(String(args.dataset ?? args.name ?? ""))}<Value of={args.value ?? args.row ?? c.args} /></>;
  return (
    <dl class="fields">
      {!isNothing(c.args) && <div><dt>given</dt><dd><Value of={c.args} most={240} /></dd></div>}
      {c.ended && <div><dt>came of it</dt><dd><Value of={c.result} /></dd></div>}
    </dl>
  );
}

function Generated({ args, samples, call: c }: { args: Record_; samples: Sample[]; call: StoryCall }) {
  const { messages, prompt, model, ...settings } = args;
  return (
    <>
      {typeof model === "string" && <p>with <a href={address("/models", model)}>{model}</a></p>}
      <details>
        <summary>Asked: <Begin of={messages ?? prompt} /></summary>
        <Prompt of={messages ?? prompt} />
        <Fields of={settings} />
      </details>
      {samples.length > 0 ? (
        <ol class="samples">
          {samples.map((s, i) => (
            <li key={s.id ?? i}>
              <p class="byline">
                <strong>{samples.length > 1 ? `Sample ${i + 1}` : "It wrote"}</strong>
                {s.seed !== undefined && <span>seed {String(s.seed)}</span>}
                {typeof s.logp === "number" && <span title="Sum of the log-probabilities of its tokens, in nats">log p {precise(s.logp)}</span>}
                {Array.isArray(s.tokens) && <span>{s.tokens.length} tokens</span>}
                {s.ended === false && <span class="tag">cut off</span>}
              </p>
              <Long text={s.text} most={600} />
            </li>
          ))}
        </ol>
      ) : (
        c.ended && <Value of={c.result} />
      )}
    </>
  );
}

/** turnsOf are the turns of a conversation; none where it is something else. */
function turnsOf(of: unknown): { role: string; content: string }[] {
  if (!Array.isArray(of)) return [];
  return of.filter((t): t is { role: string; content: string } => isRecord(t) && typeof t.content === "string");
}

function Begin({ of }: { of: unknown }) {
  const last = turnsOf(of).at(-1)?.content ?? (typeof of === "string" ? of : "");
  const line = last.split("\n", 1)[0] ?? "";
  return <span class="faint">{line.length > 90 ? `${line.slice(0, 90)}…` : line}</span>;
}

function Prompt({ of }: { of: unknown }) {
  const turns = turnsOf(of);
  if (turns.length === 0) return <Value of={of} most={1000} />;
  return <Fields of={Object.fromEntries(turns.map((t, i) => [turns.length > 1 ? `${i + 1} ${t.role}` : t.role, t.content]))} most={1000} />;
}
