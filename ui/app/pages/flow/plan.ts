// The runs that a flow starts, in the order of its script.
import type { FlowDetail, RunSummary, Story, StoryCall } from "../../wire";
import { callIn } from "../lineage/node";
import { isRecord } from "../story/sample";

/** Stage is one run of a flow: what it will be, how far it is, or what came of it. */
export interface Stage {
  recipe: string;
  call?: StoryCall; // once the flow has come to it
  run?: RunSummary; // once that is in line
}

const code = (f: Pick<FlowDetail, "script">): string => f.script.replace(/"""[\s\S]*?"""/g, "").replace(/#.*$/gm, ""); // without what it says about itself

/** asksPeople says whether a flow's script puts questions before people. */
export const asksPeople = (f: Pick<FlowDetail, "script">): boolean => /\bask\(/.test(code(f));

/** planned are the recipes that a flow's script starts, in the order of its text; a name that a setting gives is looked up there. */
export function planned(f: Pick<FlowDetail, "script" | "params">): string[] {
  const names = [...code(f).matchAll(/\bstart\(\s*(?:["']([\w-]+)["']|(\w+))/g)].map(([, text, setting]) => text ?? f.params[setting ?? ""]);
  return names.filter((name): name is string => typeof name === "string");
}

/** stages are a plan with what became of it so far. A run knows the call that started it. */
export function stages(plan: string[], story: Story | undefined, runs: RunSummary[]): Stage[] {
  const calls = (story?.calls ?? []).filter((c) => c.primitive === "start" && c.status !== "dropped").toSorted((a, b) => a.call - b.call);
  const known = calls.map((call) => {
    const recipe = isRecord(call.args) ? String(call.args.recipe) : "";
    const run = runs.find((r) => (isRecord(call.result) ? r.id === call.result.run : story && isOf(r, story.id, call.call)));
    return { recipe, call, ...(run && { run }) };
  });
  const next = known.reduce((at, stage) => Math.max(at, plan.indexOf(stage.recipe, at) + 1), 0);
  const over = story && !["running", "waiting"].includes(story.status);
  return [...known, ...(over ? [] : plan.slice(next).map((recipe) => ({ recipe })))];
}

const isOf = (r: RunSummary, instance: string, call: number): boolean => {
  const at = callIn(r.call.replace(/^call:/, ""));
  return at?.instance === instance && at.call === call;
};

/** runName is what a run is called. */
export const runName = (r: Pick<RunSummary, "id" | "name" | "script">): string => r.name || `${r.script} …${r.id.slice(-4)}`;
