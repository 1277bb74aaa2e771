// Things of the lineage by their names, which are written kind:id.
import { address } from "../../core/api";
import type { TraceLink } from "../../wire";

/** traceOf is the address that shows what something came from and what came of it. */
export const traceOf = (node: string): string => address("/trace", node);

/** placeOfCall is the address of a call in the story of its instance. */
export const placeOfCall = (instance: string, call: number): string => `${address("/instances", instance)}#call-${call}`;

/** callIn reads the name of a call, a task or a sample: INSTANCE:CALL, INSTANCE:CALL/SAMPLE. */
export function callIn(id: string): { instance: string; call: number; sample: boolean } | undefined {
  const [, instance, call, sample] = /^([0-9A-HJKMNP-TV-Z]{26}\.[0-9.~]+):(\d+)[^/]*(?:\/(\d+))?$/.exec(id) ?? [];
  return instance && call ? { instance, call: Number(call), sample: sample !== undefined } : undefined;
}

/** pages are what has a page of its own, by kind. Everything else is looked at where its lineage is. */
const pages: Record<string, (id: string) => string | undefined> = {
  flow: (id) => address("/flows", id),
  instance: (id) => address("/instances", id),
  call: inStory,
  task: inStory,
  sample: inStory,
  answer: (id) => address("/answers", id),
  person: () => "/people",
  run: (id) => address("/runs", id),
  checkpoint: (id) => address("/runs", id.replace(/@\d+$/, "")),
  dataset: (id) => address("/data", id.replace(/@[^@]*$/, "")),
};

function inStory(id: string): string | undefined {
  const at = callIn(id);
  return at && placeOfCall(at.instance, at.call);
}

/** isNode says whether a text is the name of a thing. */
export const isNode = (text: string): boolean => /^(flow|run|model|checkpoint|dataset|person|instance|call|task|sample|completion|answer|row):./.test(text);

/** kindOf is what a thing of the lineage is. */
export const kindOf = (node: string): string => node.slice(0, Math.max(0, node.indexOf(":")));

/** pageOf is the page of a thing itself, or else of its lineage. */
export function pageOf(node: string): string {
  const kind = kindOf(node);
  return pages[kind]?.(node.slice(kind.length + 1)) ?? traceOf(node);
}

/** pageFor is where a neighbour is looked at; a row is one of many on its dataset's page, so its lineage shows it better. */
export const pageFor = (l: Pick<TraceLink, "node" | "kind" | "page">): string => (l.kind === "row" || l.page === "" ? traceOf(l.node) : l.page);

/** called says what a thing is where its title is not known. */
export function called(node: string): string {
  const kind = kindOf(node);
  const id = node.slice(kind.length + 1);
  const at = callIn(id);
  if (at) return `${at.sample ? `sample ${id.split("/").at(-1)} of ` : kind === "task" ? "task of " : ""}call ${at.call}`;
  if (kind === "dataset") return id.replace(/@.*$/, "");
  if (kind === "row") return `row of ${id.replace(/\/[^/]*$/, "")}`;
  if (kind === "checkpoint") return `step ${id.split("@").at(-1)} of run …${id.split("@")[0]?.slice(-5)}`;
  return kind === "model" ? `model ${id.slice(0, 12)}` : `${kind} …${id.slice(-5)}`;
}
