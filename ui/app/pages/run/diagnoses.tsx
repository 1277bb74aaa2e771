import { StatusDot } from "../../components";
import type { RunDiagnosis } from "../../wire";

/** Diagnoses are what looks wrong about a run, with where it begins, why that happens, and what to do. */
export function Diagnoses({ of }: { of: RunDiagnosis[] }) {
  if (of.length === 0) return null;
  return (
    <section aria-label="Diagnoses">
      <h2>What looks wrong</h2>
      <ul class="diagnoses">
        {of.map((d) => (
          <li key={`${d.name} ${d.step} ${d.seen}`}>
            <p><StatusDot tone="person"><strong>{d.seen}</strong></StatusDot> <small class="faint">from step {d.step}{d.name && d.name !== "watch" && `, ${d.name}`}</small></p>
            {d.why && <p>{d.why}</p>}
            {d.next && <p><b>Try:</b> {d.next}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}
