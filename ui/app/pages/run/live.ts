// A run as it goes on: its record and its curves.
import { useEffect, useState } from "preact/hooks";
import { address, get, words } from "../../core/api";
import { watch } from "../../core/live";
import { joined } from "../../plots/series";
import type { MetricSeries, RunDetail } from "../../wire";

/** Running is what is known of a run. */
export interface Running {
  run?: RunDetail;
  metrics: MetricSeries[];
  error?: string;
  again: () => void;
}

/** useRun reads a run, and then hears what is new about it. */
export function useRun(id: string): Running {
  const [known, setKnown] = useState<Omit<Running, "again">>({ metrics: [] });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    let unwatch = () => {};
    const path = address("/api/runs", id);
    Promise.all([get<RunDetail>(path, stop.signal), get<MetricSeries[]>(`${path}/metrics?from=0`, stop.signal)]).then(
      ([run, metrics]) => {
        if (stop.signal.aborted) return;
        setKnown({ run, metrics });
        const next = Math.max(-1, ...metrics.map((s) => s.steps.at(-1) ?? -1)) + 1;
        unwatch = watch(`run/${id}`, (news) => setKnown((old) => ({ ...old, ...(news.run && { run: news.run }), metrics: news.metrics ? joined(old.metrics, news.metrics) : old.metrics })), next);
      },
      (error: unknown) => {
        if (!stop.signal.aborted) setKnown((old) => ({ ...old, error: words(error) }));
      },
    );
    return () => {
      stop.abort();
      unwatch();
    };
  }, [id, round]);
  return { ...known, again: () => setRound((n) => n + 1) };
}
