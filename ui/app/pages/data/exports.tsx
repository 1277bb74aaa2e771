import { address } from "../../core/api";

interface Props {
  name: string;
  collected?: boolean; // by a flow: its rows have sources
  flow?: string; // of the answers, those to its questions
}

/** Exports are links that load a dataset as a file; "answers" are all that people gave. */
export function Exports({ name, collected, flow }: Props) {
  const to = (query: Record<string, string>) => `${address("/api/datasets", name)}/export?${new URLSearchParams({ ...query, ...(flow && { flow }) })}`;
  return (
    <span class="row">
      <a href={to({ format: "jsonl" })} download={`${name}.jsonl`}>JSONL<span class="hidden"> of {name}</span></a>
      <a href={to({ format: "csv" })} download={`${name}.csv`}>CSV<span class="hidden"> of {name}</span></a>
      {collected && <a href={to({ format: "jsonl", lineage: "true" })} download={`${name}.jsonl`}>with sources<span class="hidden"> of {name}</span></a>}
    </span>
  );
}
