// What runs differ in.
import { isEstimate } from "../../components/Numbers";
import type { RunDetail } from "../../wire";
import { isRecord } from "../story/sample";

/** Line is one thing, and what it is in each of several runs; undefined where a run does not have it. */
export interface Line {
  name: string;
  of: unknown[];
}

const same = (line: Line): boolean => line.of.every((v) => JSON.stringify(v) === JSON.stringify(line.of[0]));

/** lines puts records beside each other, a line for each name that any of them has. */
function lines(records: Record<string, unknown>[]): Line[] {
  const names = [...new Set(records.flatMap((r) => Object.keys(r)))];
  return names.map((name) => ({ name, of: records.map((r) => r[name]) }));
}

/** settings are what runs were started with: what differs, and what does not. */
export function settings(runs: RunDetail[]): { differing: Line[]; alike: Line[] } {
  const read = (r: RunDetail, kind: string) => r.inputs.filter((c) => c.kind === kind).map((c) => `${c.name} ${c.sha256.slice(0, 8)}`).toSorted();
  const all = [
    ...lines(runs.map((r) => ({ script: r.script, seed: r.seed, ...r.params }))),
    { name: "text of the script", of: runs.map((r) => version(runs, r.text)) },
    { name: "data that was read", of: runs.map((r) => read(r, "dataset")) },
  ];
  return { differing: all.filter((l) => !same(l)), alike: all.filter(same) };
}

/** version tells texts apart by letters: those that are alike have the same. */
const version = (runs: RunDetail[], text: string): string => String.fromCharCode(65 + [...new Set(runs.map((r) => r.text))].indexOf(text));

/** results are what runs returned, number by number: parts of parts are named with dots. */
export const results = (runs: RunDetail[]): Line[] => lines(runs.map((r) => flat(r.result)));

function flat(of: unknown, name = ""): Record<string, unknown> {
  if (!isRecord(of) || isEstimate(of)) return of === null || of === undefined ? {} : { [name || "result"]: of };
  return Object.assign({}, ...Object.entries(of).map(([key, value]) => flat(value, name ? `${name}.${key}` : key)));
}
