// Runs as they go on: their records and their curves.
import { useEffect, useState } from "preact/hooks";
import { address, get, words } from "../../core/api";
import { watch } from "../../core/live";
import { joined } from "../../plots/series";
import type { MetricSeries, RunDetail } from "../../wire";

/** Known is what is known of a run. */
export interface Known {
  run?: RunDetail;
  metrics: MetricSeries[];
  error?: string;
}

/** follow reads a run, then hears what is new about it, and tells each time how to change what is known. */
function follow(id: string, tell: (change: (old: Known) => Known) => void): () => void {
  const stop = new AbortController();
  let unwatch = () => {};
  const path = address("/api/runs", id);
  Promise.all([get<RunDetail>(path, stop.signal), get<MetricSeries[]>(`${path}/metrics?from=0`, stop.signal)]).then(
    ([run, metrics]) => {
      if (stop.signal.aborted) return;
      tell(() => ({ run, metrics }));
      const next = Math.max(-1, ...metrics.map((s) => s.steps.at(-1) ?? -1)) + 1;
      unwatch = watch(`run/${id}`, (news) => tell((old) => ({ ...old, ...(news.run && { run: news.run }), metrics: news.metrics ? joined(old.metrics, news.metrics) : old.metrics })), next);
    },
    (error: unknown) => {
      if (!stop.signal.aborted) tell((old) => ({ ...old, error: words(error) }));
    },
  );
  return () => {
    stop.abort();
    unwatch();
  };
}

/** useRun is a run as it goes on; again reads it anew. */
export function useRun(id: string): Known & { again: () => void } {
  const [known, setKnown] = useState<Known>({ metrics: [] });
  const [round, setRound] = useState(0);
  useEffect(() => follow(id, setKnown), [id, round]);
  return { ...known, again: () => setRound((n) => n + 1) };
}

/** useRuns are several runs as they go on, in the order of their ids. */
export function useRuns(ids: string[]): Known[] {
  const [known, setKnown] = useState(new Map<string, Known>());
  useEffect(() => {
    const stops = ids.map((id) => follow(id, (change) => setKnown((all) => new Map(all).set(id, change(all.get(id) ?? { metrics: [] })))));
    return () => stops.forEach((stop) => stop());
  }, [ids.join()]);
  return ids.map((id) => known.get(id) ?? { metrics: [] });
}
