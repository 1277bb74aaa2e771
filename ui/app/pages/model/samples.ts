// What a model says, piece by piece.
import type { TryPart } from "../../wire";

/** Sampled is what has come of one sample so far. */
export interface Sampled {
  text: string;
  end: string; // why it ended; empty while it goes on
  score: number[];
}

/** grown are the samples after a piece has come. */
export function grown(samples: Sampled[], part: TryPart): Sampled[] {
  const all = [...samples];
  while (all.length <= part.sample) all.push({ text: "", end: "", score: [] });
  const one = all[part.sample] as Sampled;
  all[part.sample] = { text: one.text + (part.text ?? ""), end: part.end ?? one.end, score: part.score ?? one.score };
  return all;
}

const ends: Record<string, string> = { eos: "ended by itself", stop: "ended at a stop text", length: "cut off at the most tokens", max_tokens: "cut off at the most tokens" };

/** ended says why a sample ended. */
export const ended = (end: string): string => ends[end] ?? end;
