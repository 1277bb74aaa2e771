// Curves of several runs in the same charts.
import type { MetricSeries } from "../wire";
import type { Curve } from "./chart";

/** Group is what is drawn into one chart. */
export interface Group {
  name: string;
  curves: Curve[];
}

/** distinct makes names differ: those that come twice get a number. */
export const distinct = (names: string[]): string[] => names.map((name, i) => (names.indexOf(name) === names.lastIndexOf(name) ? name : `${name} (${names.slice(0, i + 1).filter((n) => n === name).length})`));

/** overlaid are the curves of several runs, a group for each metric that any of them has, in the order of the runs. */
export function overlaid(names: string[], metrics: MetricSeries[][]): Group[] {
  const all = [...new Set(metrics.flatMap((m) => m.map((s) => s.name)))];
  const one = (metric: string, at: number): Curve => metrics[at]?.find((s) => s.name === metric) ?? { name: metric, steps: [], values: [] };
  return all.map((metric) => ({ name: metric, curves: names.map((name, at) => ({ ...one(metric, at), name })) }));
}
