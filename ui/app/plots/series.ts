// What is done to numbers before they are drawn.
import type { MetricSeries } from "../wire";

/** smoothed is the mean over a window of so many steps that is centred where it can be; what is missing stays so. */
export function smoothed(values: (number | null)[], window: number): (number | null)[] {
  if (window <= 1) return values;
  const sums = new Float64Array(values.length + 1);
  const counts = new Uint32Array(values.length + 1);
  values.forEach((v, i) => {
    sums[i + 1] = (sums[i] ?? 0) + (v ?? 0);
    counts[i + 1] = (counts[i] ?? 0) + (v === null ? 0 : 1);
  });
  return values.map((v, i) => {
    if (v === null) return null;
    const from = Math.max(0, i - Math.floor((window - 1) / 2));
    const to = Math.min(values.length, i + Math.floor(window / 2) + 1);
    return ((sums[to] ?? 0) - (sums[from] ?? 0)) / ((counts[to] ?? 0) - (counts[from] ?? 0));
  });
}

/** joined are curves with what came since; a step that comes again takes the place of its first value. */
export function joined(before: MetricSeries[], news: MetricSeries[]): MetricSeries[] {
  const all = new Map(before.map((s) => [s.name, s]));
  for (const s of news) {
    const old = all.get(s.name);
    const first = s.steps[0];
    if (!old || first === undefined) {
      if (!old) all.set(s.name, s);
      continue;
    }
    let keep = old.steps.length;
    while (keep > 0 && (old.steps[keep - 1] ?? 0) >= first) keep--;
    all.set(s.name, { name: s.name, steps: [...old.steps.slice(0, keep), ...s.steps], values: [...old.values.slice(0, keep), ...s.values] });
  }
  return [...all.values()];
}

/** Grid is several curves over the steps that any of them has. */
export interface Grid {
  steps: number[];
  columns: (number | null)[][]; // one a curve
}

/** grid puts curves beside each other. */
export function grid(curves: { steps: number[]; values: (number | null)[] }[]): Grid {
  const steps = [...new Set(curves.flatMap((c) => c.steps))].toSorted((a, b) => a - b);
  const place = new Map(steps.map((step, i) => [step, i]));
  const columns = curves.map((c) => {
    const column: (number | null)[] = new Array<number | null>(steps.length).fill(null);
    c.steps.forEach((step, i) => (column[place.get(step) as number] = c.values[i] ?? null));
    return column;
  });
  return { steps, columns };
}

// Units by the beginning of a metric's name, as `workbench runs plot` has them (ui/cli/plot.go).
const units: [string, string][] = [
  ["loss", "nats"], ["kl", "nats"], ["entropy", "nats"], ["margin", "nats"], ["accuracy", "share"], ["clip_frac", "share"],
  ["grad_norm", "loss per unit of weight"], ["lr", "per step"], ["tokens", "tokens"], ["length_", "share"], ["length", "tokens"],
  ["perplexity", "per token"], ["held_out_perplexity", "per token"], ["reward", "score"], ["proxy", "score"], ["gold", "score"],
  ["gain", "score"], ["rate", "share"], ["won", "share"], ["agrees", "share"], ["longest_wins", "share"], ["ended", "share"],
];

/** unitOf is the unit of a metric, where its name says it. */
export function unitOf(metric: string): string {
  const last = metric.slice(metric.lastIndexOf(".") + 1);
  return units.find(([name]) => last.startsWith(name))?.[1] ?? "";
}

/** summary says a curve in words, for those who don't see it. */
export function summary(name: string, steps: number[], values: (number | null)[], write: (n: number) => string): string {
  const known = values.flatMap((v, i) => (v === null ? [] : [{ step: steps[i] ?? 0, v }]));
  const first = known[0];
  const last = known.at(-1);
  if (!first || !last) return `${name}: no value yet`;
  const least = known.reduce((a, b) => (b.v < a.v ? b : a));
  const most = known.reduce((a, b) => (b.v > a.v ? b : a));
  return `${name}: ${write(first.v)} at step ${first.step}, ${write(last.v)} at step ${last.step}; least ${write(least.v)} at ${least.step}, most ${write(most.v)} at ${most.step}`;
}
