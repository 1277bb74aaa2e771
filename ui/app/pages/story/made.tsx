import { Fields, Value } from "../../components";
import { address } from "../../core/api";
import type { StoryCall } from "../../wire";
import { isRecord, Outcome } from "./sample";

const isNothing = (v: unknown): boolean => v === null || v === undefined || (typeof v === "object" && Object.keys(v).length === 0);

/** Made is what a call was given and what came of it, in the way of its primitive. */
export function Made({ call: c }: { call: StoryCall }) {
  if (c.primitive === "generate" && isRecord(c.args)) return <Generated args={c.args} call={c} />;
  if (c.primitive === "record" && isRecord(c.args)) return <Recorded args={c.args} />;
  if (c.primitive === "start" && isRecord(c.args)) return <Started args={c.args} call={c} />;
  return (
    <dl class="fields">
      {!isNothing(c.args) && <div><dt>given</dt><dd><Value of={c.args} most={240} /></dd></div>}
      {c.ended && <div><dt>came of it</dt><dd><Outcome of={c.result} /></dd></div>}
    </dl>
  );
}

function Started({ args, call: c }: { args: Record<string, unknown>; call: StoryCall }) {
  const { run, result } = isRecord(c.result) ? c.result : {};
  return (
    <>
      <p>
        a run of {String(args.recipe)}
        {typeof run === "string" && <>: <a href={address("/runs", run)}>its page</a></>}
      </p>
      {!isNothing(args.params) && (
        <details>
          <summary>Settings</summary>
          <Value of={args.params} />
        </details>
      )}
      {!isNothing(result) && <Value of={result} />}
    </>
  );
}

function Recorded({ args }: { args: Record<string, unknown> }) {
  const name = String(args.dataset ?? "");
  return (
    <>
      <p>into <a href={address("/data", name)}>{name}</a></p>
      <Value of={args.value} />
    </>
  );
}

function Generated({ args, call: c }: { args: Record<string, unknown>; call: StoryCall }) {
  const { messages, prompt, model, ...settings } = args;
  return (
    <>
      {typeof model === "string" && <p>with <a href={address("/models", model)}>{model}</a></p>}
      <details>
        <summary>Asked: <Begin of={messages ?? prompt} /></summary>
        <Prompt of={messages ?? prompt} />
        <Fields of={settings} />
      </details>
      {c.ended && c.status !== "failed" && <Outcome of={c.result} />}
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
  const line = last.trim().split("\n", 1)[0] ?? "";
  return <span class="faint">{line.length > 90 ? `${line.slice(0, 90)}…` : line}</span>;
}

function Prompt({ of }: { of: unknown }) {
  const turns = turnsOf(of);
  if (turns.length === 0) return <Value of={of} most={1000} />;
  return <Fields of={Object.fromEntries(turns.map((t, i) => [turns.length > 1 ? `${i + 1} ${t.role}` : t.role, t.content]))} most={1000} />;
}
