import { duration, number, precise } from "../core/text";
import { useNow } from "../core/use";

/** Interval is a share with its 95 % interval and the number of cases behind it: 72 % (65–78, n 140). */
export function Interval({ share, low, high, n }: { share: number; low: number; high: number; n: number }) {
  const percent = (x: number) => Math.round(100 * x);
  if (n === 0) return <span class="faint">no cases yet</span>;
  return (
    <span class="interval" title={`${percent(share)} %, with 95 % confidence between ${percent(low)} and ${percent(high)} %, from ${n} cases`}>
      {percent(share)} % <small>({percent(low)}–{percent(high)}, n {number(n)})</small>
    </span>
  );
}

/** Estimate is a measured number with its 95 % interval, as scripts have it from share, average and the like. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
  n: number;
  groups?: number; // of cases that depend on each other
}

/** isEstimate says whether something that a script made is a measured number. */
export const isEstimate = (of: unknown): of is Estimate =>
  typeof of === "object" && of !== null && ["value", "low", "high", "n"].every((name) => typeof (of as Record<string, unknown>)[name] === "number");

/** Estimated is a measured number in one line: 0.62 (0.51 to 0.72, n 40). */
export function Estimated({ of: e }: { of: Estimate }) {
  const groups = e.groups !== undefined && e.groups !== e.n ? ` in ${number(e.groups)} groups` : "";
  return (
    <span class="interval" title={`${e.value}, with 95 % confidence between ${e.low} and ${e.high}, from ${e.n} cases${groups}`}>
      {precise(e.value)} <small>({precise(e.low)} to {precise(e.high)}, n {number(e.n)}{groups})</small>
    </span>
  );
}

interface ProgressProps {
  label: string; // what goes on
  done: number;
  of: number; // 0 where nobody knows
  unit?: string;
  rate?: number; // units a second
  write?: (n: number) => string; // how numbers are written; bytes, say
}

/** Progress says how far something is: the number, the rate, and the time that is left. */
export function Progress({ label, done, of, unit = "", rate, write = number }: ProgressProps) {
  const left = rate && (of - done) / rate >= 1 ? `, ${duration((of - done) / rate)} left` : "";
  const speed = rate ? `, ${write(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate))}${unit && ` ${unit}`}/s` : "";
  return (
    <div class="progress">
      <progress aria-label={label} value={of > 0 ? done : undefined} max={of > 0 ? of : 1} />
      <small>
        {write(done)}
        {of > 0 && ` of ${write(of)}`}
        {unit && ` ${unit}`}
        {speed}
        {left}
      </small>
    </div>
  );
}

/** Time is when something was, from now: 5 min ago. The exact time is in the title. */
export function Time({ at }: { at: string }) {
  const now = useNow(10_000);
  const date = new Date(at);
  return (
    <time dateTime={at} title={date.toLocaleString()}>
      {ago((Math.max(now.value, Date.now()) - date.getTime()) / 1000, date)}
    </time>
  );
}

/** ago says how long ago something was; after two days its date says more. */
export function ago(seconds: number, date: Date): string {
  if (seconds < -5) return `in ${duration(-seconds)}`;
  if (seconds < 10) return "now";
  if (seconds < 48 * 3600) return `${duration(seconds)} ago`;
  return date.toLocaleDateString(undefined, { year: "numeric", month: "short", day: "numeric" });
}
