// What components ask of the server and of time.
import { signal, type ReadonlySignal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { get, words } from "./api";

/** Loaded is a value of the server: not yet there, there, or an error in words. */
export interface Loaded<T> {
  value?: T;
  error?: string;
  again: () => void; // asks once more
  set: (value: T) => void; // of what came by other ways, such as live news
}

/** useGet asks for a path, and again when the path changes; the old value stays until the new one is there. */
export function useGet<T>(path: string): Loaded<T> {
  const [state, setState] = useState<{ path: string; value?: T; error?: string }>({ path });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    get<T>(path, stop.signal).then(
      (value) => setState({ path, value }),
      (error: unknown) => {
        if (!stop.signal.aborted) setState((old) => ({ ...old, path, error: words(error) }));
      },
    );
    return () => stop.abort();
  }, [path, round]);
  return { ...state, again: () => setRound((n) => n + 1), set: (value) => setState({ path, value }) };
}

const ticks = new Map<number, { signal: ReadonlySignal<number>; users: number; stop: () => void }>();

/** useNow is the time in milliseconds, renewed so often; all that tick alike share one timer. */
export function useNow(every: number): ReadonlySignal<number> {
  const tick = useMemo(() => ticker(every), [every]);
  useEffect(() => {
    tick.users++;
    return () => {
      if (--tick.users > 0) return;
      tick.stop();
      ticks.delete(every);
    };
  }, [tick]);
  return tick.signal;
}

function ticker(every: number) {
  const known = ticks.get(every);
  if (known) return known;
  const now = signal(Date.now());
  const timer = setInterval(() => (now.value = Date.now()), every);
  const made = { signal: now, users: 0, stop: () => clearInterval(timer) };
  ticks.set(every, made);
  return made;
}

/** useWindow says whether the window is as a media query says, and hears when it no longer is. */
export function useWindow(query: string): boolean {
  const media = useMemo(() => matchMedia(query), [query]);
  const [fits, setFits] = useState(media.matches);
  useEffect(() => {
    const hear = () => setFits(media.matches);
    hear();
    media.addEventListener("change", hear);
    return () => media.removeEventListener("change", hear);
  }, [media]);
  return fits;
}
