import { bytes, duration, precise } from "../../core/text";
import type { RunUse } from "../../wire";

/** Used is what a run takes of the machine, in one line; what is not known is left out. */
export function Used({ of: u }: { of: RunUse }) {
  const rates = [["sampled", u.sampled], ["scored", u.scored], ["trained", u.trained]] as const;
  return (
    <p class="facts" aria-label="Resources">
      {rates.filter(([, rate]) => rate > 0).map(([what, rate]) => <span key={what}>{precise(Math.round(rate))} tokens/s {what}</span>)}
      {u.cpu_seconds > 0 && <span title="Time of all processors together">CPU {duration(u.cpu_seconds)}</span>}
      {u.peak_bytes > 0 && <span title="At most, of the whole process">memory {bytes(u.peak_bytes)}</span>}
    </p>
  );
}
