// Two models that answer the same, side by side.
import { useEffect, useRef, useState } from "preact/hooks";
import { words } from "../../core/api";
import { chat, nothing, type Said, type Settings, type Turn } from "./chat";

/** Side is one of the two answers. */
export interface Side {
  model: string;
  said: Said;
  wrong?: string; // why it does not go on
}

/** Sides are the two answers as they stand on the page. */
export interface Sides {
  left: Side;
  right: Side;
}

/** Duel is the question that is open: who answers where, and how far they are. */
export interface Duel {
  sides?: Sides; // none before the first question
  under: boolean; // at least one still writes
  ask: (models: [string, string], messages: Turn[], settings: Settings) => void;
  stop: () => void;
  clear: () => void;
}

const ended = (s: Side): boolean => s.wrong !== undefined || s.said.end !== "";

/** complete says whether both have answered, so that one can be preferred. */
export const complete = (s: Sides | undefined): s is Sides => s !== undefined && [s.left, s.right].every((one) => one.said.end !== "" && one.wrong === undefined);

/** useDuel asks two models the same thing at a time; the first stands left. */
export function useDuel(): Duel {
  const [sides, setSides] = useState<Sides>();
  const stop = useRef<AbortController>(null);
  useEffect(() => () => stop.current?.abort(), []);
  const ask: Duel["ask"] = ([left, right], messages, settings) => {
    stop.current?.abort();
    const mine = (stop.current = new AbortController());
    setSides({ left: { model: left, said: nothing }, right: { model: right, said: nothing } });
    const change = (at: keyof Sides, to: Partial<Side>) => {
      if (stop.current === mine) setSides((old) => old && { ...old, [at]: { ...old[at], ...to } });
    };
    for (const [at, model] of [["left", left], ["right", right]] as const) {
      chat(model, messages, settings, (said) => change(at, { said }), mine.signal).catch((error: unknown) => change(at, { wrong: mine.signal.aborted ? "Stopped." : words(error) }));
    }
  };
  return { ...(sides && { sides }), under: sides !== undefined && !(ended(sides.left) && ended(sides.right)), ask, stop: () => stop.current?.abort(), clear: () => (stop.current?.abort(), setSides(undefined)) };
}
