import { Long, Value } from "../../components";
import { precise } from "../../core/text";

/** isRecord says whether something is a dictionary of a script. */
export const isRecord = (v: unknown): v is Record<string, unknown> => typeof v === "object" && v !== null && !Array.isArray(v);

/** Sample is a text that a model wrote, as scripts see it. */
export interface Sample {
  id?: string;
  text: string;
  logp?: number;
  tokens?: unknown;
  ended?: boolean;
  model?: string;
  seed?: number | string;
}

export const isSample = (v: unknown): v is Sample => isRecord(v) && typeof v.text === "string" && "logp" in v;

/** Samples are texts that models wrote, with what it takes to have them written again. */
export function Samples({ of }: { of: Sample[] }) {
  return (
    <ol class="samples">
      {of.map((s, i) => (
        <li key={s.id ?? i}>
          <p class="byline">
            <strong>{of.length > 1 ? `Sample ${i + 1}` : "It wrote"}</strong>
            {s.seed !== undefined && <span>seed {String(s.seed)}</span>}
            {typeof s.logp === "number" && <span title="Sum of the log-probabilities of its tokens, in nats">log p {precise(s.logp)}</span>}
            {Array.isArray(s.tokens) && <span>{s.tokens.length} tokens</span>}
            {s.ended === false && <span class="tag">cut off</span>}
          </p>
          <Long text={s.text} most={600} />
        </li>
      ))}
    </ol>
  );
}

/** Outcome is what came of a call: samples as such, anything else as it is. */
export function Outcome({ of }: { of: unknown }) {
  const all = Array.isArray(of) ? (of as unknown[]) : [of];
  return all.length > 0 && all.every(isSample) ? <Samples of={all} /> : <Value of={of} />;
}
