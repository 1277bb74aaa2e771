// How far a flow is, in numbers and in words.
import { duration, number } from "../../core/text";
import type { FlowSummary, StepCount } from "../../wire";

/** share is the part of a flow's items that are done, from 0 to 1. */
export const share = (f: FlowSummary): number => (f.items === 0 ? 0 : (f.instances.done ?? 0) / f.items);

/** State is how many tasks or calls of a step are somewhere. */
interface State {
  state: "waiting" | "leased" | "done" | "failed";
  count: number;
  word: string;
}

/** states are what the counts of a step say, in the order in which work moves; failures only where there are some. */
export function states(s: StepCount): State[] {
  const people = s.kind === "people";
  const all: State[] = [
    { state: "waiting", count: s.waiting, word: people ? "waiting" : "queued" },
    { state: "leased", count: s.leased, word: people ? "leased" : "at work" },
    { state: "done", count: s.done, word: "done" },
    { state: "failed", count: s.failed, word: "failed" },
  ];
  return all.filter((one) => one.count > 0 || one.state === "done" || (people && one.state !== "failed"));
}

/** stepInWords is how far a step is, without what is nowhere: 12 waiting · 3 leased · 40 done. */
export const stepInWords = (s: StepCount): string =>
  states(s).filter((one) => one.count > 0 || one.state === "done").map((one) => `${number(one.count)} ${one.word}`).join(" · ");

/** open is how many answers are wanted of people now. */
export const open = (f: FlowSummary): number =>
  f.steps.filter((s) => s.kind === "people").reduce((sum, s) => sum + s.waiting + s.leased, 0);

/** pace says how fast people answer, and how long that takes for what is open now. */
export function pace(f: FlowSummary): string {
  const wanted = open(f);
  const rate = f.answers_per_hour;
  if (wanted === 0 && rate === 0) return "no answers wanted now";
  if (rate === 0) return `${number(wanted)} answers wanted, none in the last ten minutes`;
  const speed = `${number(Math.round(rate))} answers/h`;
  return wanted === 0 ? speed : `${speed} · ${number(wanted)} wanted now, about ${duration((3600 * wanted) / rate)}`;
}

/** inOrder are steps in the order in which a script's text has them; those that it does not name come last. */
export function inOrder(steps: StepCount[], text: string): StepCount[] {
  const script = text.replace(/"""[\s\S]*?"""/, ""); // what it is about may name calls in any order
  const forms = new Map([...script.matchAll(/^\s*(\w+)\s*=\s*form\(\s*(["'])(.*?)\2/gm)].map(([, name, , title]) => [title, name]));
  const place = (s: StepCount): number => {
    const form = forms.get(s.step);
    const call = s.kind === "people" ? (form ? `ask\\(\\s*${form}\\b` : "$^") : `${s.step.replace(/\W/g, "\\$&")}\\(`;
    const at = script.search(new RegExp(`\\b${call}`));
    return at < 0 ? Infinity : at;
  };
  return steps.map((step) => ({ step, at: place(step) })).toSorted((a, b) => (a.at === b.at ? 0 : a.at - b.at)).map(({ step }) => step);
}
