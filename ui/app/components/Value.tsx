import { useState } from "preact/hooks";
import { precise } from "../core/text";
import { Long } from "./Long";
import { Estimated, isEstimate } from "./Numbers";

interface Props {
  of: unknown;
  most?: number; // characters of a text before it is cut
  depth?: number; // how deep it stands in another
}

/** Value is whatever a script made: text as text, lists and records by their parts. */
export function Value({ of, most = 400, depth = 0 }: Props) {
  if (of === null || of === undefined) return <span class="faint">nothing</span>;
  if (typeof of === "string") return of === "" ? <span class="faint">""</span> : <Long text={of} most={most} />;
  if (typeof of === "number") return <Numeral of={of} />;
  if (typeof of !== "object") return <span>{String(of)}</span>;
  if (depth > 5) return <Long text={JSON.stringify(of)} most={most} />;
  if (Array.isArray(of)) return <List of={of} most={most} depth={depth} />;
  const odd = (of as { $float?: string }).$float; // what JSON has no number for
  if (typeof odd === "string") return <span class="number">{odd}</span>;
  if (isEstimate(of)) return <Estimated of={of} />;
  return <Fields of={of as Record<string, unknown>} most={most} depth={depth} />;
}

/** Numeral is a number of somebody's data: whole ones as they stand there, others rounded, with all digits in the title. */
function Numeral({ of }: { of: number }) {
  if (Number.isInteger(of)) return <span class="number">{String(of)}</span>;
  return <span class="number" title={String(of)}>{precise(of)}</span>;
}

/** Fields are the named parts of a record. */
export function Fields({ of, most = 400, depth = 0 }: { of: Record<string, unknown>; most?: number; depth?: number }) {
  const names = Object.keys(of);
  if (names.length === 0) return <span class="faint">nothing</span>;
  return (
    <dl class="fields">
      {names.map((name) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd><Value of={of[name]} most={most} depth={depth + 1} /></dd>
        </div>
      ))}
    </dl>
  );
}

const first = 12; // entries of a list before it is cut

function List({ of, most = 400, depth = 0 }: { of: unknown[]; most?: number; depth?: number }) {
  const [all, setAll] = useState(false);
  if (of.length === 0) return <span class="faint">an empty list</span>;
  if (of.every((one) => typeof one === "number")) return <Long text={of.join(", ")} most={most} />;
  return (
    <>
      <ol class="values">
        {(all ? of : of.slice(0, first)).map((one, i) => (
          <li key={i}><Value of={one} most={most} depth={depth + 1} /></li>
        ))}
      </ol>
      {of.length > first && (
        <button type="button" class="link" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? "fewer" : `all ${of.length}`}
        </button>
      )}
    </>
  );
}
