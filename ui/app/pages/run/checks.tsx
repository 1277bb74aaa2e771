import { Long, StatusDot, Table, type Column } from "../../components";
import { number } from "../../core/text";
import type { RunCheck } from "../../wire";

const columns: Column<RunCheck>[] = [
  { title: "Holds", cell: (c) => <StatusDot tone={c.ok ? "good" : "bad"}>{c.ok ? "✓ yes" : "✗ no"}</StatusDot>, sort: (c) => Number(c.ok) },
  { title: "Invariant", cell: (c) => c.name, sort: (c) => c.name, wide: true },
  { title: "What was compared", cell: (c) => <Long text={c.detail} most={160} />, wide: true },
  { title: "Step", cell: (c) => number(c.step), sort: (c) => c.step, end: true },
];

/** Checks are the invariants that a run held itself against. */
export function Checks({ checks }: { checks: RunCheck[] }) {
  const failed = checks.filter((c) => !c.ok).length;
  return (
    <section>
      <h2>
        Invariants {checks.length > 0 && <small class={failed > 0 ? "wrong" : "faint"}>{failed > 0 ? `✗ ${failed} of ${checks.length} failed` : `✓ ${checks.length} of ${checks.length}`}</small>}
      </h2>
      {checks.length === 0 ? (
        <p class="faint">Nothing was checked: a run that trains checks its own machinery at the first step (masks, padding, accumulation, sampler against trainer).</p>
      ) : (
        <Table label="Invariants" columns={columns} rows={checks} id={(c) => `${c.step} ${c.name}`} order={{ column: "Holds" }} />
      )}
    </section>
  );
}
